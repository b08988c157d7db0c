import { z } from 'zod';

/** A name that becomes the name of a file or a folder: it can name nothing outside of the folder that it is put into. */
export const plainName = z
  .string()
  .max(80)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens');
