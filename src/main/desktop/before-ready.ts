import { registerScheme } from './scheme';

/** For `electron -r`: a start from a checkout, whose loader may import the app after Electron is ready. */
registerScheme();
