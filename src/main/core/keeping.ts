import type { Leaving, RetentionRule } from '../../shared/workspace';
import { writeWhole } from '../files/write-whole';
import { leaving } from '../log/keeping/retention';
import { readRule, ruleFile } from '../log/keeping/rule-file';
import type { Log } from '../log/types';

/** What of a workspace is kept. Nothing is deleted here: whoever wants it deletes what is named. */
export class Keeping {
  constructor(private readonly log: Pick<Log, 'folder' | 'episodes' | 'episodeBytes'>) {}

  /** What the rule lets go; nothing where there is none. @throws bad-file: a rule that cannot be read */
  async leaving(): Promise<Leaving> {
    const rule = readRule(this.log.folder);
    if (rule === null) return { rule, ids: [], bytes: 0 };
    const going = leaving(await this.log.episodes(), await this.log.episodeBytes(), rule, Date.now());
    return { rule, ids: going.map(({ id }) => id), bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Sets the rule and says what it lets go. */
  async keep(rule: RetentionRule): Promise<Leaving> {
    await writeWhole(ruleFile(this.log.folder), `${JSON.stringify(rule, null, 2)}\n`);
    return this.leaving();
  }
}
