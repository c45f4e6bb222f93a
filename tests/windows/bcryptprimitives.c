/* Wine 8 (Debian 12) lacks bcryptprimitives.dll, from which every Rust program takes its random numbers. */
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *bytes, unsigned long long length) {
  while (length) {
    unsigned long part = length > 0x10000000 ? 0x10000000 : (unsigned long)length;
    if (!SystemFunction036(bytes, part))
      return 0;
    bytes += part;
    length -= part;
  }
  return 1;
}
