/** Something that stays open, subscribed or running until it is disposed of. */
export interface Disposable {
  dispose(): void;
}
