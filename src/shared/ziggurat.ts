/**
 * Tables of a ziggurat for the standard normal distribution (Marsaglia & Tsang 2000, with Doornik's 2005 remedy: the
 * layer and the place in it come from different bits). Half the bell, exp(−x²/2) for x ≥ 0, is covered by 256 layers of
 * equal area: rectangles of width `edges[i]`, the lowest one, 0, with the tail beyond `tail` counted in as width. A place
 * nearer to the middle than the next layer's edge, `inner[i]` as a share of the own one, is under the bell for sure.
 */
export interface Ziggurat {
  /** [layers + 1] width of every layer, descending to 0. */
  edges: Float64Array;
  /** [layers] edges[i + 1] / edges[i]. */
  inner: Float64Array;
  /** [layers + 1] the bell at every edge: the layer i > 0 lies between heights i and i + 1. */
  heights: Float64Array;
  /** Where the tail begins. */
  tail: number;
}

const LAYERS = 256;
/** With 256 layers of this area the highest one ends at the bell's top (Marsaglia & Tsang 2000). */
const TAIL = 3.6541528853610088;
const AREA = 0.00492867323399141;

const bell = (x: number): number => Math.exp(-0.5 * x * x);

function ziggurat(): Ziggurat {
  const edges = new Float64Array(LAYERS + 1);
  edges[0] = AREA / bell(TAIL);
  edges[1] = TAIL;
  for (let i = 2; i < LAYERS; i++) {
    const before = edges[i - 1];
    edges[i] = Math.sqrt(-2 * Math.log(AREA / before + bell(before)));
  }
  return {
    edges,
    inner: Float64Array.from({ length: LAYERS }, (_, i) => edges[i + 1] / edges[i]),
    heights: edges.map(bell),
    tail: TAIL,
  };
}

export const ZIGGURAT: Ziggurat = ziggurat();
