export { checkRig } from './check';
export { folderStamp, type RigPlace, rigFolders, rigListing } from './list';
export { builtInRigsFolder, loadRig } from './load';
export { readScene } from './scene';
