// Run after `npm install <package>`. A registry that does not carry the native packages of other systems leaves
// them out of package-lock.json, and `npm ci` then refuses the file everywhere. This writes them in: optional, with
// the exact version their owner names, and the system in their own name.
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x'];

/** Whether a package in `owner` would find `name`. */
function isThere(owner, name) {
  for (let at = owner; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at) return false;
  }
}

const added = [];
for (const [owner, { optionalDependencies = {}, dev, optional }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isThere(owner, name)) continue;
    const system = SYSTEMS.find((word) => name.includes(`-${word}`) || name.includes(`/${word}`));
    const processor = PROCESSORS.find((word) => name.includes(`-${word}`));
    if (!system || !processor || !/^\d+\.\d+\.\d+$/.test(version)) {
      console.error(
        `${owner} wants ${name}@${version}, which is not in ${file}, and its system is not known.`,
      );
      process.exitCode = 1;
      continue;
    }
    packages[`node_modules/${name}`] = {
      version,
      cpu: [processor],
      ...(dev ? { dev } : {}),
      ...(optional && !dev ? { devOptional: true } : {}),
      optional: true,
      os: [system],
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? `${file} is complete.` : `Added to ${file}: ${added.join(', ')}`);
