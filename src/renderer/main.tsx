import './early';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './frame/styles/index.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLink } from './api';
import { EstopBar } from './frame/EstopBar';
import { Shell } from './frame/Shell';
import { theme } from './frame/theme';
import { queryClient } from './store/queries';
import { followCore } from './store/streams';

startLink(followCore);

function mount(id: string, content: React.ReactNode): void {
  const element = document.getElementById(id);
  if (element) createRoot(element).render(<StrictMode>{content}</StrictMode>);
}

// Two roots: whatever happens to the app's tree, the safety bar's goes on.
mount(
  'safety',
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <EstopBar />
  </MantineProvider>,
);
mount(
  'root',
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <QueryClientProvider client={queryClient}>
      <Notifications position="bottom-right" limit={4} />
      <Shell />
    </QueryClientProvider>
  </MantineProvider>,
);
