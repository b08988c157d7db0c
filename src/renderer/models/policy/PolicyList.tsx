import { Badge } from '@mantine/core';
import type { PolicySummary } from '../../../shared/policy';
import { useUi } from '../../store/ui-state';
import { algorithmTitle } from '../../ui/algorithms';
import { formatCount, formatTime } from '../../ui/format';

/** Policies of the workspace, the newest first. */
export function PolicyList({
  policies,
  chosen,
}: {
  policies: readonly PolicySummary[];
  chosen: string | null;
}) {
  return (
    <div className="list" data-testid="policy-list">
      {policies.map((policy) => (
        <button
          key={policy.hash}
          type="button"
          className="list-entry"
          data-active={policy.hash === chosen}
          onClick={() => useUi.setState({ policy: policy.hash, learned: 'policy' })}
          data-testid={`policy-${policy.hash.slice(0, 8)}`}
        >
          <span className="row">
            <span className="list-title">{policy.name}</span>
            <Badge size="xs" variant="light" color="grape">
              {algorithmTitle(policy.algorithm.name)}
            </Badge>
          </span>
          <span className="list-note tabular">
            {policy.rig} · {formatCount(policy.steps, 'step')} · {formatTime(policy.createdAt)}
          </span>
        </button>
      ))}
    </div>
  );
}
