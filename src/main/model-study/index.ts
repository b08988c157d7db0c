export { judgeBar } from './bars';
export { runModelStudy, type StudyRun } from './run';
export { spreadWords } from './tables';
export { writeReport } from './write';
