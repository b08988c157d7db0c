export { type BarChart, type Bars, barChart } from './bar-chart';
export { type EvaluatedModel, evaluationFigures } from './evaluation';
export { type Figure, svgOf, type ThemeName } from './figure';
export { type GridOptions, grid } from './grid';
export { type HeatMap, heatMap } from './heat-map';
export type { LegendEntry } from './legend';
export { type LineChart, legendOf, lineChart, type Series } from './line-chart';
export { type Axis, tickLabel } from './scale';
export { pngOf, writeFigure, writeFigures } from './write';
