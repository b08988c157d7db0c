import h5wasm from 'h5wasm/node';
import { freshPath } from '../workspaces';

export type Numbers = Float64Array | Uint8Array;
interface Given {
  data: Numbers;
  shape?: number[];
}

/** An HDF5 file with these datasets, by their absolute paths, and these texts, by path and attribute. */
export async function foreignFile(
  datasets: Record<string, Given>,
  texts: [path: string, name: string, text: string][] = [],
  more: (file: InstanceType<typeof h5wasm.File>) => void = () => {},
): Promise<string> {
  await h5wasm.ready;
  const path = freshPath('theirs.hdf5');
  const file = new h5wasm.File(path, 'w');
  for (const [name, { data, shape }] of Object.entries(datasets)) {
    const folders = name.split('/').slice(1, -1);
    folders.forEach((_, i) => {
      const folder = folders.slice(0, i + 1).join('/');
      if (file.get(folder) === null) file.create_group(folder);
    });
    file.create_dataset({ name: name.slice(1), data, ...(shape && { shape }) });
  }
  for (const [at, name, text] of texts)
    file.get(at)?.constructor && (file.get(at) as typeof file).create_attribute(name, text);
  more(file);
  file.close();
  return path;
}

export const counting = (length: number, from = 0): Float64Array =>
  Float64Array.from({ length }, (_, i) => from + i / 7);
