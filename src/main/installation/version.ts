import { version as packaged } from '../../../package.json';

/** Of the application; stands in every model's provenance. */
export const version: string = packaged;
