import { join } from 'node:path';
import type { Command } from 'commander';
import { answerWords } from '../../shared/ports';
import { listPortsApart, probePortApart } from '../control/ports-apart';
import { RigInspector } from '../inspection/inspector';
import { hostHere } from '../processes/here-host';
import { loadRig } from '../rig';
import { calibrateCommand } from './calibrate';
import { calibrationCommands } from './calibrations';
import { checkConnected } from './check-connected';
import { motorCommands } from './motors';
import { number, type Output } from './output';
import { workspaceOf } from './with-core';

export function rigCommands(program: Command, output: () => Output): void {
  const rig = program.command('rig').description('rigs: robots as connected on this bench');
  const rigsFolder = () => join(workspaceOf(output().options), 'rigs');
  const inspecting = async <Result>(work: (inspector: RigInspector) => Promise<Result>): Promise<Result> => {
    const inspector = new RigInspector(hostHere(), rigsFolder());
    try {
      return await work(inspector);
    } finally {
      await inspector.close();
    }
  };

  rig
    .command('list')
    .description('built-in rigs and those in the folder "rigs" of the workspace')
    .action(async () => {
      const out = output();
      const rigs = await inspecting((inspector) => inspector.list());
      out.result({ rigs }, () =>
        out.table(
          ['name', 'driver', 'title', 'problem'],
          rigs.map((r) => [r.name, r.driver, r.title, r.problem ?? '']),
        ),
      );
    });

  rig
    .command('show <rig>')
    .description('channels, limits, task of a rig (built-in name or folder)')
    .action(async (name: string) => {
      const out = output();
      const { file, folder, builtIn } = await loadRig(name, rigsFolder());
      out.result({ rig: file, folder, builtIn }, () => {
        out.line(`${file.title} (${file.name}, driver ${file.driver})`);
        if (file.description) out.line(file.description);
        out.line(
          `control period ${file.periodSeconds} s (${number(1 / file.periodSeconds)} Hz), from ${folder}`,
        );
        out.line();
        out.table(
          ['channel', 'kind', 'unit', 'limits'],
          [
            ...file.observations.map((c) => [c.name, 'observation', c.unit, c.limits?.join(' … ') ?? '']),
            ...file.actions.map((c) => [c.name, 'action', c.unit, c.limits.join(' … ')]),
          ],
        );
        out.line();
        out.line(`task ${file.task.name}, at most ${file.task.maxSteps} steps`);
        out.line(`  reward       ${file.task.reward}`);
        out.line(`  termination  ${file.task.termination || 'none'}`);
      });
    });

  rig
    .command('check <rig>')
    .description('reads a rig with everything it names, tries it out, and says what is wrong with it')
    .option('--connect', 'connects to it and looks at what a recording or a run would; nothing moves', false)
    .option('--port <port>', 'with --connect: serial port, "auto" or "simulated"')
    .action(async (name: string, { connect, port }: { connect: boolean; port?: string }) => {
      const out = output();
      if (connect) return checkConnected(out, name, port);
      const { rig, remarks } = await inspecting((inspector) => inspector.inspect(name));
      const { file, folder } = rig;
      out.result({ ok: true, name: file.name, folder, remarks }, () => {
        out.line(`${file.name} is in order (${folder}).`);
        for (const remark of remarks) out.line(`Remark: ${remark}`);
      });
    });

  rig
    .command('ports')
    .description('serial ports of this computer')
    .option('--probe', 'ask every port who answers: a firmware, or motors', false)
    .action(async (options: { probe: boolean }) => {
      const out = output();
      const host = hostHere();
      let ports = await listPortsApart(host);
      if (options.probe) ports = (await Promise.all(ports.map((p) => probePortApart(host, p.path)))).flat();
      out.result({ ports }, () => {
        if (ports.length === 0)
          out.line('No serial port is there. Plug the rig in, or use the port "simulated".');
        else
          out.table(
            ['port', 'serial number', 'product', 'device', 'answers', 'open in', 'problem'],
            ports.map((p) => [
              p.path,
              p.serialNumber ?? '',
              p.product ?? p.manufacturer ?? '',
              p.key ?? (p.vendorId ? `${p.vendorId}:${p.productId}, no number of its own` : ''),
              answerWords(p) ?? (options.probe ? 'nobody' : ''),
              p.busyWith.join(', '),
              p.busyWith.length > 0 ? '' : (p.problem ?? ''),
            ]),
          );
      });
    });

  motorCommands(rig, output);
  calibrateCommand(rig, output);
  calibrationCommands(rig, output);
}
