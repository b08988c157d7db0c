import type { Scene } from '../../shared/drawing';
import { ForesightError } from '../../shared/errors';
import type { RigListing } from '../../shared/rig';
import { ReadingProcess } from '../foreign/asking';
import type { Host } from '../processes/port';
import { folderStamp, type RigPlace, rigFolders, rigListing } from '../rig';
import type { Inspection } from './inspect';
import type { RigAnswer, RigQuestion } from './messages';

/** How long a rig may take to be read, s: alone, and as one of many in a list. */
const LIMIT_SECONDS = 60;
const LIMIT_IN_LIST_SECONDS = 15;
const IDLE_SECONDS = 30;
/** What took longer than this is not read again for a list until something in its folder changes. */
const SLOW_SECONDS = 3;
/** A rig that could not be read is, after this long, s: a busy moment may have been the reason. */
const FAILED_SECONDS = 60;
const LIMITS = {
  alone: LIMIT_SECONDS,
  inList: LIMIT_IN_LIST_SECONDS,
  slow: SLOW_SECONDS,
  failed: FAILED_SECONDS,
};

/** Reads rigs in a process of its own, so that no rig's files can stop or end the one that asks. */
export class RigInspector {
  readonly #process: ReadingProcess<RigQuestion, RigAnswer>;
  /** What slow rigs came to, by folder, what the folder held then, and how long that counts, ms. */
  readonly #slow = new Map<string, { stamp: string; listing: RigListing; until: number }>();

  /** @param userFolder the user's own rigs, a folder each */
  constructor(
    host: Pick<Host, 'spawn'>,
    private readonly userFolder: string,
    private readonly limits = LIMITS,
  ) {
    this.#process = new ReadingProcess(host, {
      entry: 'rig-reading-process',
      label: 'The process that reads rigs',
      idleSeconds: IDLE_SECONDS,
    });
  }

  /** @throws whatever is wrong with the rig; bad-file when reading it takes too long or too much */
  async inspect(nameOrPath: string): Promise<Inspection> {
    return this.#ask('inspect', 'inspection', nameOrPath, this.limits.alone);
  }

  async scene(nameOrPath: string): Promise<Scene> {
    return (await this.#ask('scene', 'scene', nameOrPath, this.limits.alone)).scene;
  }

  /** All built-in rigs and the user's own, unusable ones with the reason. */
  async list(): Promise<RigListing[]> {
    const listings: RigListing[] = [];
    for (const place of await rigFolders(this.userFolder)) listings.push(await this.#listing(place));
    return listings;
  }

  async #listing(place: RigPlace): Promise<RigListing> {
    const { folder } = place;
    const stamp = await folderStamp(folder);
    const known = this.#slow.get(folder);
    if (known?.stamp === stamp && performance.now() < known.until) return known.listing;
    // Not before it is read: what it waits for others, or for the process, tells nothing about this rig.
    let began = Number.POSITIVE_INFINITY;
    const begins = () => {
      began = performance.now();
    };
    const listing = await rigListing(place, async () => {
      return (await this.#ask('read', 'rig', folder, this.limits.inList, begins)).rig;
    });
    const now = performance.now();
    if (now - began > this.limits.slow * 1000) {
      const until = listing.problem === null ? Number.POSITIVE_INFINITY : now + this.limits.failed * 1000;
      this.#slow.set(folder, { stamp, listing, until });
    } else this.#slow.delete(folder);
    return listing;
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  async #ask<Kind extends RigAnswer['kind']>(
    question: RigQuestion['kind'],
    kind: Kind,
    rig: string,
    limitSeconds: number,
    begins?: () => void,
  ): Promise<Extract<RigAnswer, { kind: Kind }>> {
    const answer = await this.#process.ask(
      { kind: question, rig, userFolder: this.userFolder },
      {
        ...{ limitSeconds, begins },
        what: `The rig "${rig}"`,
        next: 'Make its model smaller (fewer replicated bodies, simpler meshes), and check the rig again.',
      },
    );
    if (isOf(kind, answer)) return answer;
    throw new ForesightError(
      'internal',
      `A question about a rig was answered with ${answer.kind}.`,
      'Try again.',
    );
  }
}

function isOf<Kind extends RigAnswer['kind']>(
  kind: Kind,
  answer: RigAnswer,
): answer is Extract<RigAnswer, { kind: Kind }> {
  return answer.kind === kind;
}
