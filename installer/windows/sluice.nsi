; A per-user installer: it needs no administrator rights and writes nothing outside of the user's own profile.
; build.sh passes VERSION, FOLDER (with the programs in it) and OUTPUT.

Unicode true
Target amd64-unicode
ManifestDPIAware true
SetCompressor /SOLID lzma
RequestExecutionLevel user

!include MUI2.nsh
!include FileFunc.nsh

!define PROGRAMS "Software\Microsoft\Windows\CurrentVersion\Uninstall"
!define UNINSTALL "${PROGRAMS}\Sluice"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define APP_ID "Software\Classes\AppUserModelId\Sluice.Sluice"

Name "Sluice"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Sluice"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Sluice"
VIAddVersionKey "FileDescription" "Sluice"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT OR Apache-2.0"

!define MUI_ICON "../../icons/sluice.ico"
!define MUI_UNICON "../../icons/sluice.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\sluice-tray.exe"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "TradChinese"
!insertmacro MUI_LANGUAGE "Russian"

LangString PROGRAMS ${LANG_ENGLISH} "Programs"
LangString PROGRAMS ${LANG_SIMPCHINESE} "程序"
LangString PROGRAMS ${LANG_TRADCHINESE} "程式"
LangString PROGRAMS ${LANG_RUSSIAN} "Программы"
LangString LINKS ${LANG_ENGLISH} "Open ss://, ssr:// and ssconf:// links"
LangString LINKS ${LANG_SIMPCHINESE} "打开 ss://、ssr:// 和 ssconf:// 链接"
LangString LINKS ${LANG_TRADCHINESE} "開啟 ss://、ssr:// 和 ssconf:// 連結"
LangString LINKS ${LANG_RUSSIAN} "Открывать ссылки ss://, ssr:// и ssconf://"
LangString LOGIN ${LANG_ENGLISH} "Start at login"
LangString LOGIN ${LANG_SIMPCHINESE} "登录时启动"
LangString LOGIN ${LANG_TRADCHINESE} "登入時啟動"
LangString LOGIN ${LANG_RUSSIAN} "Запускать при входе"

; Whether the tray was running and must be started again.
Var WasRunning

; The file of a program that is still running is renamed, and deleted at the next restart of the system.
!macro Place FILE
  ClearErrors
  Delete "$INSTDIR\${FILE}"
  ${If} ${Errors}
    Delete /REBOOTOK "$INSTDIR\${FILE}.old"
    Rename "$INSTDIR\${FILE}" "$INSTDIR\${FILE}.old"
    Delete /REBOOTOK "$INSTDIR\${FILE}.old"
  ${EndIf}
  File "${FOLDER}/${FILE}"
!macroend

; Ends running programs gracefully, so that the system proxy is restored. Exit code 3: nothing was running.
!macro Quit
  StrCpy $WasRunning ""
  ${If} ${FileExists} "$INSTDIR\sluice-tray.exe"
    ExecWait '"$INSTDIR\sluice-tray.exe" quit' $0
    ${If} $0 == 0
      StrCpy $WasRunning "yes"
    ${EndIf}
  ${EndIf}
!macroend

Section "!$(PROGRAMS)"
  SectionIn RO
  !insertmacro Quit
  SetOutPath "$INSTDIR"
  !insertmacro Place "sluice.exe"
  !insertmacro Place "sluice-tray.exe"
  File "${FOLDER}/sluice.png"
  File "${FOLDER}/LICENSE-MIT.txt"
  File "${FOLDER}/LICENSE-APACHE.txt"
  File "${FOLDER}/third-party.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Sluice.lnk" "$INSTDIR\sluice-tray.exe"
  WriteRegStr HKCU "${APP_ID}" "DisplayName" "Sluice"
  WriteRegStr HKCU "${APP_ID}" "IconUri" "$INSTDIR\sluice.png"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Sluice"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\sluice-tray.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Sluice"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section "$(LINKS)"
  ExecWait '"$INSTDIR\sluice-tray.exe" open --register'
SectionEnd

; Not selected by default; an upgrade keeps the user's choice. The program writes the same value.
Section /o "$(LOGIN)"
  WriteRegStr HKCU "${RUN}" "Sluice" '"$INSTDIR\sluice-tray.exe" --at-login'
SectionEnd

; The last section, when all programs and entries are installed.
Section "-restart"
  ${If} $WasRunning == "yes"
    Exec '"$INSTDIR\sluice-tray.exe" --at-login'
  ${EndIf}
SectionEnd

; Settings, nodes and logs are kept for a later installation.
Section "Uninstall"
  !insertmacro Quit
  ExecWait '"$INSTDIR\sluice-tray.exe" open --unregister'
  DeleteRegValue HKCU "${RUN}" "Sluice"
  DeleteRegValue HKCU "${APPROVED}" "Sluice"
  DeleteRegKey HKCU "${APP_ID}"
  DeleteRegKey /ifempty HKCU "Software\Classes\AppUserModelId"
  DeleteRegKey HKCU "${UNINSTALL}"
  ; A user without other programs of their own has no such key.
  DeleteRegKey /ifempty HKCU "${PROGRAMS}"
  Delete "$SMPROGRAMS\Sluice.lnk"
  Delete /REBOOTOK "$INSTDIR\sluice.exe"
  Delete /REBOOTOK "$INSTDIR\sluice-tray.exe"
  Delete /REBOOTOK "$INSTDIR\sluice.exe.old"
  Delete /REBOOTOK "$INSTDIR\sluice-tray.exe.old"
  Delete "$INSTDIR\sluice.png"
  Delete "$INSTDIR\LICENSE-MIT.txt"
  Delete "$INSTDIR\LICENSE-APACHE.txt"
  Delete "$INSTDIR\third-party.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
