// `npm run licences`: every package that ships, with its licence, from what was built: the packages that the bundles were
// made of (electron.vite.config.ts writes them down) and those that electron-builder.yml carries along. Writes
// out/third-party-licences.txt, which goes into the package, and ends with an error where a package has no licence text
// or a licence that nobody has agreed to. Electron and Chromium bring their own texts beside the program.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { buildIfStale, root } from './build-if-stale.mjs';

/** Licences under which a package may go into ours, which is Apache-2.0. A new one is a decision, not a default. */
export const AGREED = new Set([
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BSD-3',
    'Apache-2.0',
    'Zlib',
    'Unlicense',
  ],
  ...['CC0-1.0', 'OFL-1.1', 'MPL-2.0', 'BlueOak-1.0.0', 'Python-2.0', 'NIST-Software', 'HDF5'],
]);
/** What was read in the licence files of packages that name none: of HDF5 for WebAssembly, NIST's notice and that of HDF5 itself. */
const READ = { h5wasm: 'NIST-Software AND HDF5' };
/** Packages that the build copies files from, instead of bundling them. */
const COPIED = ['@expo-google-fonts/inter', '@resvg/resvg-wasm', '@tensorflow/tfjs-backend-wasm'];
const TEXT = /^(licen[cs]e|copying|notice)([-_.].*)?$/i;
const modules = join(root, 'node_modules');

/** Names of the folders in node_modules that electron-builder.yml's filter lets in. */
export function carriedPackages() {
  const { files } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  const { filter } = files.find((entry) => typeof entry === 'object' && entry.from === 'node_modules');
  const names = new Set();
  for (const pattern of filter.filter((one) => !one.startsWith('!'))) {
    const [, group] = /^\{([^}]+)\}\/\*\*$/.exec(pattern) ?? [];
    for (const path of group ? group.split(',') : [pattern]) {
      const [first, second] = path.split('/');
      if (!first.startsWith('@')) names.add(first);
      else if (second && !second.includes('*')) names.add(`${first}/${second}`);
      else for (const name of readdirSync(join(modules, first))) names.add(`${first}/${name}`);
    }
  }
  return [...names];
}

/** Packages that the bundles of out/ were made of. */
export function bundledPackages() {
  const folder = join(root, 'out', 'packages');
  return readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

/** The licence's own words, for a package that only names it; null where they are not here. */
function standardText(licence, author) {
  if (licence === 'Apache-2.0') return readFileSync(join(root, 'LICENSE'), 'utf8');
  if (licence !== 'MIT') return null;
  return `Copyright (c) ${author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

/** A package's licence and its text, from its own folder. */
export function licenceOf(name) {
  const folder = join(modules, name);
  const { version, license, licenses, homepage, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const named =
    READ[name] ?? license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ') ?? null;
  const file = readdirSync(folder).find((one) => TEXT.test(one));
  const own = file ? readFileSync(join(folder, file), 'utf8') : null;
  const by = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  return { name, version, homepage, licence: named, text: own ?? standardText(named, by) };
}

/** "(MIT OR GPL-3.0)" is agreed to when one of them is; "MIT AND OFL-1.1" when all are. */
export function isAgreed(licence) {
  if (typeof licence !== 'string') return false;
  const plain = licence.replace(/[()]/g, '').trim();
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAgreed);
  if (plain.includes(' AND ')) return plain.split(' AND ').every(isAgreed);
  return AGREED.has(plain);
}

export function shippedLicences() {
  const names = [...new Set([...carriedPackages(), ...bundledPackages(), ...COPIED])].sort();
  return names.filter((name) => existsSync(join(modules, name, 'package.json'))).map(licenceOf);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv.includes('--built')) buildIfStale();
  const all = shippedLicences();
  const notAgreed = all.filter(({ licence }) => !isAgreed(licence));
  const sections = all.map(
    ({ name, version, licence, homepage, text }) =>
      `${name} ${version} (${licence})${homepage ? `\n${homepage}` : ''}\n\n${(text ?? `The text of ${licence} stands at https://spdx.org/licenses/${licence}.html`).trim()}\n`,
  );
  const compiled = readFileSync(join(root, 'native', 'NOTICE'), 'utf8');
  writeFileSync(
    join(root, 'out', 'third-party-licences.txt'),
    `Foresight contains the following packages.\n\n${[...sections, compiled].join(`\n${'-'.repeat(80)}\n\n`)}`,
  );
  for (const { name, version, licence, text } of all)
    console.log(`${name} ${version}\t${licence}${text ? '' : '\t(its text is only linked)'}`);
  if (notAgreed.length > 0) {
    console.error(
      `Nobody has agreed to the licence of: ${notAgreed.map(({ name, licence }) => `${name} (${licence})`).join(', ')}.\nLeave the package out, or add the licence to scripts/licences.mjs after reading it.`,
    );
    process.exitCode = 1;
  }
}
