// What the native executor is made of: sources, flags, systems, and the hash that says for which sources the committed
// binaries were made. One list for the shipped builds and the local ones (native/sources.json).
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build-if-stale.mjs';

export const native = join(root, 'native');
export const prebuilds = join(native, 'prebuilds');
export const recorded = join(prebuilds, 'sources.sha256');
/** The only compiler whose bytes count. */
export const ZIG = '0.17.1';

// Without a name of its own a library of macOS would carry the path that it was linked to.
const DARWIN = ['-Wl,-undefined,dynamic_lookup', '-Wl,-install_name,foresight.node'];
// Stays in the process once it is there, as statics and the threads' state want it (src/levels.cc).
const LINUX = ['-Wl,--build-id=none', '-Wl,-z,nodelete', '-lm'];

/**
 * Systems that a binary ships for, as Node names them, with the compiler's name and what linking needs there. glibc 2.17
 * is from 2012. Node-API itself is found in the running program: by the loader on Linux, by `dynamic_lookup` on macOS, by
 * src/host-windows.cc on Windows.
 */
export const TARGETS = {
  'linux-x64': { triple: 'x86_64-linux-gnu.2.17', link: LINUX },
  'linux-arm64': { triple: 'aarch64-linux-gnu.2.17', link: LINUX },
  'darwin-x64': { triple: 'x86_64-macos.11.0', link: DARWIN },
  'darwin-arm64': { triple: 'aarch64-macos.11.0', link: DARWIN },
  'win32-x64': { triple: 'x86_64-windows-gnu', link: [] },
  'win32-arm64': { triple: 'aarch64-windows-gnu', link: [] },
};

export const binaryOf = (folder, target) => join(folder, target, 'foresight.node');

const { flags, sources, shipped, win32, kernels } = JSON.parse(
  readFileSync(join(native, 'sources.json'), 'utf8'),
);
export const headers = join(root, 'node_modules', 'node-api-headers', 'include');

/**
 * What is to be compiled for a system: source, name of the object, flags.
 * @param {string} target 'linux-x64', …
 * @param {boolean} ships without a C++ library, with ours (src/runtime.cc)
 */
export function units(target, ships) {
  const [platform, arch] = target.split('-');
  const plain = [...sources, ...(ships ? shipped : []), ...(platform === 'win32' ? win32 : [])];
  // Without the definition the header declares Node-API's functions as exported by us.
  const position = platform === 'win32' ? ['-DBUILDING_NODE_EXTENSION'] : ['-fPIC'];
  const levels = Object.entries(kernels.levels[arch] ?? {});
  return [
    ...plain.map((source) => ({
      source,
      name: source.replace(/^src\/|\.cc$/g, ''),
      flags: [...flags, ...position],
    })),
    ...levels.map(([level, extra]) => ({
      source: kernels.source,
      name: `kernels-${level}`,
      flags: [...flags, ...position, `-DFORESIGHT_LEVEL_${level.toUpperCase()}`, ...extra],
    })),
  ];
}

/** Every file whose change may change a binary, with paths from the repository's root. */
function ingredients() {
  const inside = readdirSync(join(native, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const scripts = ['recipe.mjs', 'cross.mjs'].map((name) => `scripts/native/${name}`);
  return [...inside.map((path) => path.replaceAll('\\', '/')), 'native/sources.json', ...scripts].sort();
}

/** SHA-256 of all of them and of the version of the headers, the same for either kind of line ends. */
export function hashOfSources() {
  const hash = createHash('sha256');
  for (const path of ingredients()) {
    const text = readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${path}\n${text.length}\n${text}`);
  }
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return hash.update(`node-api-headers ${devDependencies['node-api-headers']}`).digest('hex');
}

/** For which sources the committed binaries were made; '' where nothing is recorded. */
export function hashOfPrebuilds() {
  try {
    return readFileSync(recorded, 'utf8').trim();
  } catch {
    return '';
  }
}
