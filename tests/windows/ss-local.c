/* A stand-in for a user's own ss-local: opens the port of its configuration file, and has a helper, as one with a
 * plugin has. It relays nothing. */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words) {
  if (count < 3) {
    Sleep(INFINITE);
    return 0;
  }
  char text[4096] = {0};
  FILE *file = fopen(words[2], "rb");
  if (!file || !fread(text, 1, sizeof text - 1, file))
    return 1;
  char *port = strstr(text, "\"local_port\":");
  if (!port)
    return 2;
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port + 13))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 8))
    return 3;
  char helper[MAX_PATH + 2];
  GetModuleFileNameA(0, helper, MAX_PATH);
  STARTUPINFOA start = {.cb = sizeof start};
  PROCESS_INFORMATION started;
  CreateProcessA(helper, "ss-local helper", 0, 0, 0, 0, 0, 0, &start, &started);
  for (;;)
    closesocket(accept(listener, 0, 0));
}
