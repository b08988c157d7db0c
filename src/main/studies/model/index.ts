export { judgeBar } from './bars';
export { runModelStudy, type StudyRun } from './run';
export { writeReport } from './write';
