// Who is signed in on this page.
import { signal } from "@preact/signals";
import { getSession, type Session } from "../api/access";
import { signIn } from "../api/client";

/** null until the server has said. */
export const session = signal<Session | null>(null);

/** Asks who is signed in. Nobody is sent to where people sign in; a server that does not answer is asked again by whoever needs it. */
export async function renewSession(): Promise<void> {
  const got = await getSession().catch(() => null);
  if (!got) return;
  session.value = got;
  if (got.actor === null) signIn();
}
