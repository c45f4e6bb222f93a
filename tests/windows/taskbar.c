/* Does what Explorer does when it restarts. `end`: the icon of the tray is gone. `start`: every window is told of a new
 * taskbar. */
#include <windows.h>
#include <shellapi.h>
#include <string.h>

int main(int count, char **words) {
  if (count > 1 && !strcmp(words[1], "start"))
    return !PostMessageW(HWND_BROADCAST, RegisterWindowMessageW(L"TaskbarCreated"), 0, 0);
  NOTIFYICONDATAW icon = {.cbSize = sizeof icon, .hWnd = FindWindowW(L"tray_icon_app", 0)};
  if (!icon.hWnd)
    return 1;
  for (icon.uID = 0; icon.uID < 8; icon.uID++)
    Shell_NotifyIconW(NIM_DELETE, &icon);
  return 0;
}
