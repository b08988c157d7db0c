export { judgeControlBar } from './measures';
export { controlSpreadWords, writeControlReport } from './report';
export { type ControlStudyRun, runControlStudy } from './run';
