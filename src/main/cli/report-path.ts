import { extname, resolve } from 'node:path';

/** Whether --report names one page; otherwise it names a folder. */
export const isPage = (report: string | undefined): boolean =>
  report !== undefined && extname(report) === '.md';

/** Where the report of a study goes: the page that was named, or a page in the folder that was. */
export function reportPath(named: string | undefined, workspaceFolder: string, name: string): string {
  if (named === undefined) return resolve(workspaceFolder, `${name}.md`);
  return isPage(named) ? resolve(named) : resolve(named, `${name}.md`);
}
