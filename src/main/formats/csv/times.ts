const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? ?(Z|[+-]\d{2}:?\d{2})?$/;
const TIME_OF_DAY = /^(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?$/;

/** A time that is written as a date or a time of day. */
export interface WrittenTime {
  /** Since 1970, or since midnight. */
  seconds: number;
  kind: 'date' | 'date-without-zone' | 'time-of-day';
}

/** ISO 8601 (with a T or a space) or hours:minutes:seconds; undefined for anything else. Without a zone it counts as UTC. */
export function timeOf(cell: string): WrittenTime | undefined {
  const date = DATE_TIME.exec(cell);
  if (date !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = date;
    const at = Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
    // Date.UTC takes the 31st of February for the 3rd of March.
    const whole =
      new Date(at).toISOString().slice(0, 19) === `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    if (!whole) return undefined;
    const seconds = at / 1000 - zoneSeconds(zone) + fractionOf(fraction);
    return { seconds, kind: zone === undefined ? 'date-without-zone' : 'date' };
  }
  const time = TIME_OF_DAY.exec(cell);
  if (time === null) return undefined;
  const [, hour, minute, second, fraction] = time;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) + fractionOf(fraction);
  return { seconds, kind: 'time-of-day' };
}

const fractionOf = (digits: string | undefined) => (digits === undefined ? 0 : Number(`0.${digits}`));

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}
