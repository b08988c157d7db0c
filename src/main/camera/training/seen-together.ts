/** Pictures of an episode, and which of them each step saw; −1 where there was none yet. */
interface Seen {
  /** [frames, numbers of a picture]. */
  pictures: Uint8Array;
  /** [rows]. */
  seen: Int32Array;
  /** Of several cameras, for each of the pictures: which picture of each camera it is made of. */
  parts?: number[][];
}

/**
 * What several cameras saw in an episode as one picture a step, one below the other: a new one wherever any camera has a new picture, and
 * none until all of them have one. Of one camera as it is.
 * @param cameras at least one, of the same rows
 * @param numbers of a picture, of each camera as many
 */
export function seenTogether(cameras: readonly Seen[], numbers: number): Seen {
  const [first] = cameras as [Seen];
  if (cameras.length === 1) return first;
  const rows = first.seen.length;
  const seen = new Int32Array(rows).fill(-1);
  const moments: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const places = cameras.map((camera) => camera.seen[row] as number);
    if (places.some((place) => place < 0)) continue;
    const before = moments.at(-1);
    if (!before?.every((place, i) => place === places[i])) moments.push(places);
    seen[row] = moments.length - 1;
  }
  const pictures = new Uint8Array(moments.length * cameras.length * numbers);
  let at = 0;
  for (const places of moments) {
    for (const [i, place] of places.entries()) {
      pictures.set((cameras[i] as Seen).pictures.subarray(place * numbers, (place + 1) * numbers), at);
      at += numbers;
    }
  }
  return { pictures, seen, parts: moments };
}
