import type { PolicyUnit } from '../../../shared/policy-study';
import { unitProcess } from '../common/unit-process';
import { type PolicyOrder, runPolicyUnit } from './unit';

/** A process that trains and evaluates one variant of a study of policies after the other. */
await unitProcess<PolicyOrder, PolicyUnit, string>(runPolicyUnit);
