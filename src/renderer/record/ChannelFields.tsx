import { Button, Collapse } from '@mantine/core';
import { useState } from 'react';
import type { RigFile } from '../../shared/rig';
import { ChannelTitle } from '../ui/ChannelName';
import { formatNumber } from '../ui/format';
import { NumberField } from '../ui/NumberField';
import { EXCITATION_RANGES, setChannel, useExcitation, usualBandwidth } from './excitation';

/** What single channels have otherwise than the others; an emptied field is as for all. */
export function ChannelFields({ rig }: { rig: RigFile }) {
  const { channels, method, amplitude, bandwidth } = useExcitation();
  const own = channels[rig.name] ?? {};
  const [open, setOpen] = useState(false);
  const differ = rig.actions.filter(({ name }) => Object.keys(own[name] ?? {}).length > 0).length;
  const orNone = (value: number) => (Number.isNaN(value) ? undefined : value);
  return (
    <>
      <Button
        variant="subtle"
        size="compact-xs"
        mt={6}
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        data-testid="record-channels"
      >
        {open ? 'Fewer options' : differ > 0 ? `Each channel (${differ} of its own)` : 'Each channel'}
      </Button>
      <Collapse expanded={open}>
        <div className="stack-sm">
          {rig.actions.map((action) => (
            <div key={action.name}>
              <ChannelTitle channel={action} />
              <div className="form-grid">
                <NumberField
                  label="Strength"
                  suffix=" %"
                  placeholder={`${Math.round(100 * amplitude)} %`}
                  range={EXCITATION_RANGES.strength}
                  value={
                    own[action.name]?.amplitude === undefined
                      ? Number.NaN
                      : 100 * (own[action.name]?.amplitude ?? 0)
                  }
                  onChange={(percent) => {
                    const share = orNone(percent);
                    setChannel(rig.name, action.name, {
                      amplitude: share === undefined ? undefined : Math.min(1, Math.max(0, share / 100)),
                    });
                  }}
                  data-testid={`record-strength-${action.name}`}
                />
                {method !== 'uniform' && (
                  <>
                    <NumberField
                      label="Bandwidth"
                      suffix=" Hz"
                      placeholder={`${formatNumber(bandwidth ?? usualBandwidth(rig), 3)} Hz`}
                      range={{ ...EXCITATION_RANGES.bandwidth, max: 0.5 / rig.periodSeconds }}
                      value={own[action.name]?.bandwidth ?? Number.NaN}
                      onChange={(hertz) => setChannel(rig.name, action.name, { bandwidth: orNone(hertz) })}
                      data-testid={`record-bandwidth-${action.name}`}
                    />
                    <NumberField
                      label="Seed"
                      placeholder="from the seed above"
                      range={EXCITATION_RANGES.ownSeed}
                      value={own[action.name]?.seed ?? Number.NaN}
                      onChange={(seed) => setChannel(rig.name, action.name, { seed: orNone(seed) })}
                      data-testid={`record-seed-${action.name}`}
                    />
                  </>
                )}
              </div>
            </div>
          ))}
        </div>
      </Collapse>
    </>
  );
}
