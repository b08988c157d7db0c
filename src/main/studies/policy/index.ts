export { judgePolicyBar } from './measures';
export { writePolicyReport } from './report';
export { type PolicyStudyRun, runPolicyStudy } from './run';
