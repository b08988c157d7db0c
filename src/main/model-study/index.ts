export { type BarResult, judgeBar } from './bars';
export { errorInSpreads, type Spread, unitsOf } from './measures';
export { runModelStudy, type StudyRun } from './run';
export { spreadWords } from './tables';
export { writeReport } from './write';
