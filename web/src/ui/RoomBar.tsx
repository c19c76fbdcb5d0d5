// The room that this wall is in: whom it follows, that it directs, one click to leave; or the form that names a room.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { clock } from "../state/format";
import { direct, directing, heard, isLed, isRoom, isSilent, join, mayDirect, room, roomOpen, stopDirecting } from "../state/room";

function said(name: string): string {
  if (directing.value) return t("room_directs", { room: name });
  const by = heard.value?.by ?? t("room_somebody");
  if (isLed.value) return t("room_follows", { room: name, name: by });
  return isSilent.value && heard.value?.at ? t("room_silent", { room: name, name: by, t: clock(Date.parse(heard.value.at)) }) : t("room_alone", { room: name });
}

export function RoomBar() {
  const name = room.value;
  if (!name) return roomOpen.value ? <RoomForm /> : null;
  return (
    <div class={`room-bar ${directing.value ? "is-directing" : ""}`} role="status" data-testid="room-bar" data-state={directing.value ? "directs" : isLed.value ? "follows" : isSilent.value ? "silent" : "alone"}>
      <span>{said(name)}</span>
      {directing.value ? <button class="button" data-testid="room-stop" onClick={stopDirecting}>{t("room_stop")}</button>
        : mayDirect.value && <button class="button" data-testid="room-direct" onClick={direct}>{t("room_direct")}</button>}
      <button class="button" data-testid="room-leave" onClick={() => join(null)}>{t("room_leave")}</button>
    </div>
  );
}

function RoomForm() {
  const [name, setName] = useState("");
  const isRight = isRoom(name);
  const enter = (event: Event): void => {
    event.preventDefault();
    if (!isRight) return;
    join(name);
    roomOpen.value = false;
  };
  return (
    <form class="room-bar" data-testid="room-form" onSubmit={enter}>
      <label>{t("room")} <input data-testid="room-name" value={name} maxLength={32} placeholder="duty-hall" aria-describedby="room-hint" autoFocus onInput={(event) => setName(event.currentTarget.value.trim())} /></label>
      <button class="button" data-testid="room-join" disabled={!isRight}>{t("room_join")}</button>
      <small id="room-hint">{t("room_hint")}</small>
    </form>
  );
}
