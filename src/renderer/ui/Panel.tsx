import type { ReactNode } from 'react';

/** A titled part of a room. `fill` lets its content take all the height there is. */
export function Panel({
  title,
  aside,
  children,
  fill = false,
  flush = false,
  className = '',
  testId,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  fill?: boolean;
  /** No padding around the content. */
  flush?: boolean;
  className?: string;
  testId?: string;
}) {
  return (
    <section className={`panel ${fill ? 'panel-fill' : ''} ${className}`} data-testid={testId}>
      {(title || aside) && (
        <header className="panel-head">
          <h2>{title}</h2>
          {aside && <div className="panel-aside">{aside}</div>}
        </header>
      )}
      <div className={flush ? 'panel-body panel-flush' : 'panel-body'}>{children}</div>
    </section>
  );
}

/** A number with its name, for rows of them. */
export function Stat({
  name,
  value,
  tone,
  testId,
  title,
}: {
  name: string;
  value: ReactNode;
  tone?: 'bad' | 'good' | undefined;
  testId?: string;
  title?: string;
}) {
  return (
    <div className="stat" title={title}>
      <div className="stat-name">{name}</div>
      <div className="stat-value" data-tone={tone} data-testid={testId}>
        {value}
      </div>
    </div>
  );
}
