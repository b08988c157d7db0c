import { answerQuestions } from '../foreign/answering';
import { loadRig, readScene } from '../rig';
import { loadMujoco } from '../rig/drivers/mujoco/engine';
import { inspectRig, readRig } from './inspect';
import type { RigAnswer, RigQuestion } from './messages';

/** Reads rigs, in a process that may die of it: their models are compiled by a parser that others wrote. */
await answerQuestions<RigQuestion, RigAnswer>(async ({ kind, rig, userFolder }) => {
  switch (kind) {
    case 'read':
      return { kind: 'rig', rig: await readRig(rig, userFolder) };
    case 'inspect':
      return { kind: 'inspection', ...(await inspectRig(rig, userFolder)) };
    case 'scene':
      return { kind: 'scene', scene: await readScene(await loadRig(rig, userFolder)) };
  }
}, loadMujoco);
