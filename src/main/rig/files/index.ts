export { checkRig } from './check';
export { rigFolders, rigListing } from './list';
export { builtInRigsFolder, loadRig } from './load';
export { readScene } from './scene';
