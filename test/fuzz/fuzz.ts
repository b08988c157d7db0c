// `npm run fuzz -- --bytes 1e7 --seed 1 --only text --guided`: noise for every parser of bytes from a line; see noise.ts and guided.ts.
import { parseArgs } from 'node:util';
import { fuzzGuided, PARSERS } from './guided';
import { endless, fuzz } from './noise';
import { TARGETS } from './targets';

const ENDLESS_BYTES = 4e6;
const MOST_GROWTH = 4e6;

/** Buffers are given back by a thread of their own, a moment later. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '1e7' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    guided: { type: 'boolean', default: false },
  },
});
const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
if (targets.length === 0) {
  console.error(`There is no parser "${values.only}": ${TARGETS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const bytes = Number(values.bytes);
if (!Number.isFinite(bytes) || bytes <= 0) {
  console.error(`--bytes takes a number above 0, found "${values.bytes}".`);
  process.exit(2);
}
let bad = false;
const started = process.cpuUsage();
for (const target of targets) {
  const before = process.cpuUsage();
  const amount: [number, number] = [bytes / targets.length, Number(values.seed)];
  const guided = values.guided ? await fuzzGuided(target, ...amount, PARSERS) : undefined;
  const report = guided ?? fuzz(target, ...amount);
  const { user, system } = process.cpuUsage(before);
  const growth = await endless(target, ENDLESS_BYTES, collect);
  const { packets, found, byChance, missed } = report;
  const kept = growth > MOST_GROWTH ? `; KEEPS ${(growth / 1e6).toFixed(1)} MB of bytes without an end` : '';
  console.log(
    `${target.name}: ${report.bytes} bytes, ${packets} good packets, ${found} found, ${byChance} hidden by a checksum that was right by chance, ${packets - found - byChance} missed; ${((user + system) / 1e6).toFixed(1)} s of processor time${kept}`,
  );
  if (guided)
    console.log(`  ${guided.reached} characters of code reached, by ${guided.corpus} inputs that were kept`);
  for (const one of missed) console.log(`  missed: ${one}`);
  bad ||= found + byChance < packets || kept !== '';
}
const { user, system } = process.cpuUsage(started);
console.log(`${((user + system) / 1e6).toFixed(1)} s of processor time in all; seed ${values.seed}`);
process.exitCode = bad ? 1 : 0;
