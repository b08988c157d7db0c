import fc from 'fast-check';

/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changed and a failure comes back
 * when it is looked into. `FORESIGHT_SEED=random npm run test:unit` goes looking for new cases; a number repeats one.
 */
const { FORESIGHT_SEED = '20261128' } = process.env;
const seed = FORESIGHT_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(FORESIGHT_SEED);
if (!Number.isSafeInteger(seed))
  throw new Error(`FORESIGHT_SEED is "random" or a whole number, not "${FORESIGHT_SEED}".`);
fc.configureGlobal({ seed });
