export { judgeControlBar } from './measures';
export { writeControlReport } from './report';
export { type ControlStudyRun, runControlStudy } from './run';
