/* Does what Explorer does when it restarts: the icon of the tray is gone, and every window is told of a new taskbar. */
#include <windows.h>
#include <shellapi.h>

int main(void) {
  NOTIFYICONDATAW icon = {.cbSize = sizeof icon, .hWnd = FindWindowW(L"tray_icon_app", 0)};
  if (!icon.hWnd)
    return 1;
  for (icon.uID = 0; icon.uID < 8; icon.uID++)
    Shell_NotifyIconW(NIM_DELETE, &icon);
  Sleep(3000);
  return !PostMessageW(HWND_BROADCAST, RegisterWindowMessageW(L"TaskbarCreated"), 0, 0);
}
