import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/**
 * Programs that become a file of their own in out/main: the two ways in (index, cli) and everything that
 * src/main/processes/entry.ts starts in a process or a worker thread. entry.ts expects them side by side.
 */
const ENTRIES = {
  index: 'src/main/desktop/index.ts',
  cli: 'src/main/cli/index.ts',
  'core-process': 'src/main/core-process/index.ts',
  'rig-process': 'src/main/control/rig-process.ts',
  'rig-reading-process': 'src/main/inspection/rig-reading-process.ts',
  'firmware-process': 'src/main/simulated-device/firmware-process.ts',
  'train-process': 'src/main/jobs/train-process.ts',
  'learner-process': 'src/main/jobs/learner/learner-process.ts',
  'train-worker': 'src/main/dynamics/training/train-worker.ts',
  'surprise-worker': 'src/main/dynamics/surprise/surprise-worker.ts',
  'study-process': 'src/main/studies/model/study-process.ts',
  'control-study-process': 'src/main/studies/control/control-study-process.ts',
  'policy-study-process': 'src/main/studies/policy/policy-study-process.ts',
  'log-worker': 'src/main/log/log-worker.ts',
  'survey-worker': 'src/main/survey/survey-worker.ts',
  'sight-worker': 'src/main/jobs/sight/sight-worker.ts',
  'camera-worker': 'src/main/camera/thread/camera-worker.ts',
  'csv-worker': 'src/main/formats/csv/csv-worker.ts',
  'hdf5-process': 'src/main/formats/hdf5/hdf5-process.ts',
  'dataset-process': 'src/main/formats/aside/dataset-process.ts',
  'export-process': 'src/main/core/export/export-process.ts',
  'plan-worker': 'src/main/plan/thread/plan-worker.ts',
  'simulator-worker': 'src/main/plan/simulator/simulator-worker.ts',
  'session-worker': 'src/main/tensor/engines/session-worker.ts',
  'lane-worker': 'src/main/tensor/engines/lane-worker.ts',
  'bare-timer': 'src/main/control/bare-timer.ts',
  'check-process': 'src/main/tensor/engines/check-process.ts',
  'bench-process': 'src/main/bench/bench-process.ts',
};

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

/**
 * Left outside the bundle: packages with native code or assets that they look for beside themselves. They are the
 * only `dependencies` there are, so the packaged app carries them and nothing else.
 */
const external = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];

/** The WebAssembly of TensorFlow.js's engine "wasm", which looks for it in a folder beside the program. */
function tensorflowWasm() {
  const from = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
  const to = 'out/main/wasm';
  return {
    name: 'tensorflow-wasm',
    writeBundle() {
      mkdirSync(to, { recursive: true });
      for (const name of readdirSync(from)) {
        if (name.endsWith('.wasm')) copyFileSync(join(from, name), join(to, name));
      }
    },
  };
}

/** What draws a figure as PNG, and the font in it: a bench computer may have neither. */
function figureAssets() {
  const files = [
    '@resvg/resvg-wasm/index_bg.wasm',
    '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
    '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf',
  ];
  const to = 'out/main/figures';
  return {
    name: 'figure-assets',
    writeBundle() {
      mkdirSync(to, { recursive: true });
      for (const file of files) copyFileSync(join('node_modules', file), join(to, basename(file)));
      copyFileSync('node_modules/@expo-google-fonts/inter/LICENSE_FONT', join(to, 'Inter-LICENSE.txt'));
    },
  };
}

/** Writes down which packages a bundle was made of, for scripts/licences.mjs. */
function packagesOf(target: 'main' | 'preload' | 'renderer') {
  return {
    name: 'packages-of-the-bundle',
    writeBundle(_options: unknown, bundle: Record<string, { type: string; moduleIds?: readonly string[] }>) {
      const names = new Set<string>();
      for (const { moduleIds = [] } of Object.values(bundle)) {
        for (const id of moduleIds) {
          const inside = id.replaceAll('\\', '/').split('/node_modules/').at(-1);
          const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(inside === id ? '' : (inside ?? '')) ?? [];
          if (name) names.add(name);
        }
      }
      mkdirSync('out/packages', { recursive: true });
      writeFileSync(`out/packages/${target}.json`, JSON.stringify([...names].sort()));
    },
  };
}

export default defineConfig({
  main: {
    plugins: [tensorflowWasm(), figureAssets(), packagesOf('main')],
    publicDir: false,
    build: {
      // The oldest Node that it must run on: `npm start` without Electron on a bench computer.
      target: 'node20.18',
      externalizeDeps: { include: external },
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, resolve(file)])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [packagesOf('preload')],
    build: {
      target: 'node20.18',
      rolldownOptions: {
        input: {
          preload: resolve('src/main/desktop/preload.ts'),
          'before-ready': resolve('src/main/desktop/before-ready.ts'),
        },
        // A sandboxed window's preload script is CommonJS, and so is what `electron -r` takes.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react(), packagesOf('renderer')],
    build: {
      target: 'chrome130',
      outDir: resolve('out/renderer'),
      rolldownOptions: { input: resolve('src/renderer/index.html') },
      chunkSizeWarningLimit: 4000,
    },
  },
});
