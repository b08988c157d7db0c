/** The lines of one channel's multisine: `lines[j]` whole periods in `samples` samples. */
export interface MultisineLines {
  samples: number;
  lines: number[];
}

/**
 * Lines of the channels of a rig, so that no two of them share a frequency: channel c of C has the frequencies f₀ (j + c / C), j = 1, 2 …,
 * f₀ being the lowest of channel 0, up to its bandwidth and below half of the control rate. What one channel does can then be told from what
 * the others do over one period, C / f₀ ("zippered" multisines: R. Pintelon, J. Schoukens, System Identification, 2nd ed. 2012, 2.7).
 * @param lowest f₀, Hz
 * @param bandwidths of the channels, Hz
 */
export function multisineLines(
  lowest: number,
  bandwidths: readonly number[],
  periodSeconds: number,
): MultisineLines[] {
  const channels = bandwidths.length;
  const samples = Math.max(4 * channels, Math.round(channels / (lowest * periodSeconds)));
  const perHertz = samples * periodSeconds;
  return bandwidths.map((bandwidth, c) => {
    const most = Math.min(bandwidth * perHertz, (samples - 1) / 2);
    const lines: number[] = [];
    for (let line = channels + c; line <= most + 1e-9; line += channels) lines.push(line);
    return {
      samples,
      lines: lines.length > 0 ? lines : [Math.min(channels + c, Math.floor((samples - 1) / 2))],
    };
  });
}

/**
 * One period of u_k = Σ_j cos(2π l_j k / N + φ_j), j = 1 … J, scaled to a largest value of 1, with the phases φ_j = −π j (j − 1) / J, which
 * keep the crest factor (peak / rms) near that of a swept sine, about 1.7, where random phases give 3 and more (M. R. Schroeder, Synthesis of
 * low-peak-factor signals and binary sequences with low autocorrelation, IEEE Trans. Information Theory 16, 1970, pp. 85–89).
 * @returns [samples], within ±1
 */
export function multisine({ samples, lines }: MultisineLines): Float64Array {
  const angles = Float64Array.from({ length: samples }, (_, k) => Math.cos((2 * Math.PI * k) / samples));
  const quarter = Float64Array.from({ length: samples }, (_, k) => Math.sin((2 * Math.PI * k) / samples));
  const signal = new Float64Array(samples);
  for (const [j, line] of lines.entries()) {
    // j counts from 0 here: (j + 1) j.
    const phase = (Math.PI * (j + 1) * j) / lines.length;
    const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
    for (let k = 0, at = 0; k < samples; k++, at = (at + line) % samples) {
      signal[k] = (signal[k] ?? 0) + cos * (angles[at] ?? 0) + sin * (quarter[at] ?? 0);
    }
  }
  const peak = signal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return peak > 0 ? signal.map((value) => value / peak) : signal;
}
