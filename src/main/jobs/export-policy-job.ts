import { Random } from '../../shared/random';
import { sampledStretches } from '../dynamics/data/stretches';
import { filterFeeds, pictureFeeds } from '../dynamics/latent/export-eyes';
import { besideAt, firstSeeing, picturesAt, type SeenEpisode } from '../dynamics/latent/pictures';
import { lookOf } from '../dynamics/latent/recurrent/glimpses';
import type { RecurrentSeeing } from '../dynamics/latent/recurrent/recurrent-seeing';
import { Seeing } from '../dynamics/latent/seeing';
import { pixelsOf } from '../dynamics/latent/size';
import type { Eyes } from '../dynamics/types';
import { version } from '../installation/version';
import { checkPolicyExport, type ExportSample, exportPolicy } from '../policy/export';
import { recordedSteps } from '../policy/recorded';
import { randomAction } from '../policy/representation/exploring';
import { readPolicy } from '../policy/representation/policy-file';
import { policySpace, toPhysical } from '../policy/representation/space';
import type { Policy } from '../policy/representation/types';
import { seenPlant } from '../policy/world/seen';
import { simulatedWorld } from '../policy/world/simulated';
import { openEngineOrDefault } from '../tensor';
import { openEpisodes } from './episodes';
import { readSeen } from './latent-episodes';
import type { FromTrainProcess, Job } from './types';

type ExportJob = Extract<Job, { type: 'export-policy' }>;

/** States that an exported file is compared on at most. */
const CHECKED_STATES = 500;
/** Of pictures, which take longer; and steps of an episode of them in the simulation, or of a piece of a recording. */
const CHECKED_PICTURES = 100;
const SEEN_STEPS = 25;
const RECORDED_PICTURES = { most: CHECKED_PICTURES, piece: SEEN_STEPS };

/** Writes a policy as an ONNX file, and checks the file against the app's own actions. */
export async function exportPolicyFile(job: ExportJob): Promise<FromTrainProcess> {
  const policy = await readPolicy(job.policyFile);
  Object.assign(policy.summary, job.known);
  await exportPolicy(policy, job.file, version);
  const from = job.simulated ? 'simulation' : 'recorded';
  const check = await checkPolicyExport(policy, job.file, await samplesOf(job, policy));
  return { type: 'policy-exported', report: { file: job.file, from, ...check } };
}

async function samplesOf(job: ExportJob, policy: Policy): Promise<ExportSample[]> {
  const { eyes } = policy;
  if (eyes) return job.simulated ? simulatedSight(job, policy, eyes) : recordedSight(job, eyes);
  const states = job.simulated ? await simulatedStates(job, policy) : recordedStates(job, policy);
  return states.map((state) => ({ state, feeds: { observation: state } }));
}

/** What the camera of the simulation shows of random motion. */
async function simulatedSight({ rig }: ExportJob, { summary }: Policy, eyes: Eyes): Promise<ExportSample[]> {
  const engine = await openEngineOrDefault('native');
  const space = policySpace(summary, summary.history);
  const random = new Random(0);
  const plant = await seenPlant(rig, summary.task, { eyes, engine, seed: 0 });
  try {
    const samples: ExportSample[] = [];
    for (let episode = 0; samples.length < CHECKED_PICTURES; episode++) {
      const start = await plant.reset(random.fork(`start ${episode}`).integer(2 ** 31));
      // What is carried on is checked from its beginning.
      if (eyes.summary.recurrent) samples.push({ state: Float32Array.from(start), feeds: plant.feeds() });
      for (let step = 0; step < SEEN_STEPS && !plant.judged?.().terminated; step++) {
        const state = await plant.step(toPhysical(space, randomAction(space, random)));
        samples.push({ state: Float32Array.from(state), feeds: plant.feeds(), goesOn: true });
      }
    }
    return samples;
  } finally {
    await plant.dispose();
  }
}

async function recordedSight({ episodes }: ExportJob, eyes: Eyes): Promise<ExportSample[]> {
  if (episodes === null) return [];
  const { stretches, close } = openEpisodes(episodes);
  close();
  const seeing = await Seeing.open(await openEngineOrDefault('native'), eyes, 1);
  try {
    const seen = await readSeen(episodes, sampledStretches(stretches, RECORDED_PICTURES), eyes.summary);
    const samples: ExportSample[] = [];
    for (const episode of seen) {
      if (seeing.filter) {
        samples.push(...(await filteredSight(seeing, seeing.filter, episode)));
        continue;
      }
      for (let row = firstSeeing(episode); row < episode.rows; row++) {
        const pictures = picturesAt(episode, row, eyes.summary);
        const beside = besideAt(episode, row);
        samples.push({
          state: await seeing.state(pictures, beside),
          feeds: pictureFeeds(pictures, beside),
        });
      }
    }
    return samples;
  } finally {
    await seeing.dispose();
  }
}

/** What is believed of a piece of a recording, from its first picture on. */
async function filteredSight(
  seeing: Seeing,
  filter: RecurrentSeeing,
  episode: SeenEpisode,
): Promise<ExportSample[]> {
  const { summary } = seeing.eyes;
  const actions = episode.actions.length / episode.rows;
  const samples: ExportSample[] = [];
  let before: Float32Array | null = null;
  for (let row = firstSeeing(episode); row < episode.rows; row++) {
    const action = episode.actions.subarray((row - 1) * actions, row * actions);
    const look = lookOf(episode, row, pixelsOf(summary));
    const beside = besideAt(episode, row);
    const next = await filter.after(before, action, look);
    samples.push({
      state: seeing.stateOf(next.latent, beside),
      feeds: filterFeeds(summary, { before, action, look }, beside),
      goesOn: before !== null,
    });
    before = next.belief;
  }
  return samples;
}

async function simulatedStates({ rig }: ExportJob, { summary, arrays }: Policy): Promise<Float32Array[]> {
  const engine = await openEngineOrDefault('native');
  const space = policySpace(summary, summary.history);
  const world = await simulatedWorld(rig, summary.task, { space, engine, seed: 0 });
  try {
    await world.behave({ kind: 'actor', actor: { shape: summary.actor, arrays }, explore: true });
    const { transitions } = await world.experience(CHECKED_STATES);
    return transitions.map(({ state }) => state);
  } finally {
    await world.close();
  }
}

function recordedStates({ rig, episodes }: ExportJob, { summary }: Policy): Float32Array[] {
  if (episodes === null) return [];
  const opened = openEpisodes(episodes);
  try {
    const space = policySpace(summary, summary.history);
    const { transitions } = recordedSteps({ rig, task: summary.task, space }, opened);
    const every = Math.max(1, Math.floor(transitions.length / CHECKED_STATES));
    return transitions.filter((_, i) => i % every === 0).map(({ state }) => state);
  } finally {
    opened.close();
  }
}
