import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { theme } from '../../src/renderer/frame/theme';

/** What a component draws at first, as HTML: the real one in the app's theme. */
export function html(content: ReactNode): string {
  return renderToStaticMarkup(
    <MantineProvider theme={theme}>
      <QueryClientProvider client={new QueryClient()}>{content}</QueryClientProvider>
    </MantineProvider>,
  );
}

/** The same as a person reads it: tags left out, runs of space made one. */
export function words(content: ReactNode): string {
  return html(content)
    .replace(/<style[\s\S]*?<\/style>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ')
    .trim();
}
