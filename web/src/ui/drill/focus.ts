// A button that was clicked, not pressed by key, lets go of the focus: the space bar then plays and pauses again.
export const letGo = (event: MouseEvent): void => {
  if (event.detail > 0) (event.currentTarget as HTMLElement).blur();
};
