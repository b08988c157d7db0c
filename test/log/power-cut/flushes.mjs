// Loaded before everything else in each thread: writes into the trace when the log's own flushes begin and end.
import { openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';

const path = process.env.FORESIGHT_DISK_TRACE ?? '';
const trace = openSync(path, 'a');
const say = (kind) => {
  const record = Buffer.alloc(14);
  record.write(`${kind}w`, 'latin1');
  writeSync(trace, record);
};
const handle = await open(path, 'r');
const files = Object.getPrototypeOf(handle);
const { datasync } = files;
files.datasync = async function () {
  say('b');
  await datasync.call(this);
  say('e');
};
await handle.close();
