import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Program } from '../../../src/main/bench/compare/program';

const Sum = z.object({ sum: z.number() });
const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.end();
});

/** A real child process that does this with every question. */
function program(onAsked: string): Program {
  const source = `
    const answer = (id, rest) => console.log(JSON.stringify({ id, ...rest }));
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const asked = JSON.parse(line);
      ${onAsked}
    });`;
  const one = new Program(process.execPath, ['-e', source], "The library's program");
  programs.push(one);
  return one;
}

describe('a program that is asked in lines', () => {
  it('is asked one question after the other and answers each', async () => {
    const adder = program('answer(asked.id, { ok: { sum: asked.a + asked.b } });');
    expect(await adder.ask(Sum, { a: 1, b: 2 })).toEqual({ sum: 3 });
    expect(await adder.ask(Sum, { a: 3, b: 4 })).toEqual({ sum: 7 });
  });

  it('says what is wrong in its own words, and can be asked again', async () => {
    const picky = program(
      "answer(asked.id, asked.a ? { ok: { sum: 1 } } : { error: 'RuntimeError: no such device' });",
    );
    await expect(picky.ask(Sum, {})).rejects.toMatchObject({
      code: 'engine',
      message: "The library's program says: RuntimeError: no such device",
    });
    expect(await picky.ask(Sum, { a: 1 })).toEqual({ sum: 1 });
  });

  it('does not pass what is no answer for one', async () => {
    const chatty = program("console.log('Loading …');");
    await expect(chatty.ask(Sum, {})).rejects.toMatchObject({ code: 'bad-data' });
    const vague = program("answer(asked.id, { ok: { sum: 'many' } });");
    await expect(vague.ask(Sum, {})).rejects.toThrow('{"sum":"many"}');
  });

  it('fails whoever waits when it ends, with what it said last', async () => {
    const dying = program("console.error('Segmentation fault'); process.exit(3);");
    const sentence = 'it ended with code 3; it said last: Segmentation fault.';
    await expect(dying.ask(Sum, {})).rejects.toThrow(sentence);
    await expect(dying.ask(Sum, {})).rejects.toThrow(sentence);
  });

  it('fails whoever waits when it is ended in the middle of its work', async () => {
    const endless = program('if (asked.a) for (;;); else answer(asked.id, { ok: { sum: 0 } });');
    await endless.ask(Sum, {});
    const asked = endless.ask(Sum, { a: 1 });
    endless.end();
    await expect(asked).rejects.toThrow('it ended by SIGKILL');
  });

  it('is not there where there is no such command', async () => {
    const none = new Program('/no/such/python', [], "The library's program");
    await expect(none.ask(Sum, {})).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('it does not start'),
    });
  });
});
