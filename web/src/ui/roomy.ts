// A bar that says less where there is too little room for all of it: what is left out is measured, since languages and names differ.
import { useLayoutEffect, useRef } from "preact/hooks";

/** Sets `data-less` of an element to the fewest of `steps` with which all of it has room. The styles say what each step leaves out. */
export function useRoomy<T extends HTMLElement>(steps: number) {
  const box = useRef<T>(null);
  useLayoutEffect(() => {
    const bar = box.current;
    if (!bar) return;
    const fit = (): void => {
      for (let less = 0; less <= steps; less++) {
        bar.dataset.less = String(less);
        if (bar.scrollWidth <= bar.clientWidth) return;
      }
    };
    let frame = 0;
    const watch = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(fit);
    });
    for (const part of [bar, ...bar.children]) watch.observe(part);
    return () => {
      watch.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [steps]);
  return box;
}
