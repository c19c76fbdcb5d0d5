// Fetches what has changed, once for however many notices come meanwhile. Pure but for the fetch.

/** A renewal that runs one fetch at a time, and once more when it was asked for during that. */
export function renewal(fetch: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      await fetch();
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}
