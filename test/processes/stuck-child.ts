import { childPort } from '../../src/main/processes/child-port';

/** A process of ours that hears nothing any more. */
await childPort();
process.send?.('here', () => {
  for (;;);
});
