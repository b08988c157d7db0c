import { Text } from '@mantine/core';

/** A picture of a strip, as the network gets it. */
interface Shown {
  /** A PNG file, base64. */
  file: string;
  /** Share of what is to be seen that it shows; null where nothing is compared. */
  share: number | null;
}

/** Pictures of moments one beside the other: a row each for what was seen and for what a model makes of it. */
export function PictureStrip({
  label,
  columns,
  rows,
  testId,
}: {
  label: string;
  columns: readonly { key: string; title: string; note: string }[];
  /** Pictures in the order of the columns; null where there is none to show. */
  rows: readonly { name: string; about: string; pictures: readonly (Shown | null)[] }[];
  testId: string;
}) {
  return (
    <table className="film" aria-label={label} data-testid={testId}>
      <thead>
        <tr>
          <td />
          {columns.map(({ key, title, note }) => (
            <th key={key} scope="col" className="tabular">
              {title}
              <span className="film-note">{note}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, about, pictures }) => (
          <tr key={name}>
            <th scope="row" title={about}>
              {name}
            </th>
            {columns.map(({ key, title }, i) => (
              <td key={key}>
                <StripPicture shown={pictures[i] ?? null} alt={`${name}, ${title}`} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function StripPicture({ shown, alt }: { shown: Shown | null; alt: string }) {
  if (!shown) return <div className="film-none" />;
  return (
    <>
      <img src={`data:image/png;base64,${shown.file}`} alt={alt} />
      {shown.share !== null && (
        <Text size="xs" c="dimmed" className="tabular film-share">
          {shareWords(shown.share)}
        </Text>
      )}
    </>
  );
}

/** "83 %"; what is no better than the mean picture shows nothing of it. */
const shareWords = (share: number): string => `${Math.max(0, Math.round(100 * share))} %`;
