import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '../..');
const Config = z.object({
  mac: z.object({
    hardenedRuntime: z.literal(true),
    entitlements: z.string(),
    entitlementsInherit: z.string(),
    extendInfo: z.object({ NSCameraUsageDescription: z.string().min(20) }),
  }),
});

it('the package for macOS may use cameras: both programs are entitled to, and the system can tell the person what for', async () => {
  const { mac } = Config.parse(parse(await readFile(resolve(root, 'electron-builder.yml'), 'utf8')));
  for (const file of [mac.entitlements, mac.entitlementsInherit]) {
    const entitlements = await readFile(resolve(root, file), 'utf8');
    expect(entitlements).toMatch(/<key>com\.apple\.security\.device\.camera<\/key>\s*<true\/>/);
  }
});
