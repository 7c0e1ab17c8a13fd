; The setup program of Testkeep for Windows: programs, menu entry, entry in "Apps & Features". makensis runs it with
; VERSION, VERSION_NUMBERS, PROGRAMS (folder of the .exe files), DESKTOP (if the window is among them), ICON, NOTICES, OUT,
; WEBVIEW2 (its offline installer, if it is carried) and TRIAL (fast instead of small).
;
; Silent: `testkeep-setup.exe /S [/D=C:\Folder]`; the exit code is 0 or 2. A server is made by the programs, not by this.
Target amd64-unicode
Unicode true
!ifdef TRIAL
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif
; File times would differ between two runs.
SetDateSave off
RequestExecutionLevel admin
ManifestDPIAware true

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"
!include "x64.nsh"

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Testkeep"
; Where WebView2 registers itself, by Microsoft's documentation of its distribution.
!define WEBVIEW2_KEY "SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

Name "Testkeep"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Testkeep"
InstallDirRegKey HKLM "${KEY}" "InstallLocation"
BrandingText "Testkeep ${VERSION}"
VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey "ProductName" "Testkeep"
VIAddVersionKey "FileDescription" "Testkeep setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "The Testkeep authors"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\testkeep-desktop.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Ends with the reason: in a window for people, as the exit code for scripts.
!macro Fail MESSAGE
  MessageBox MB_ICONSTOP|MB_OK "${MESSAGE}" /SD IDOK
  SetErrorLevel 2
  Quit
!macroend

; A program that runs cannot be replaced, but it can be moved away; it goes at the next start of the machine.
!macro MoveAway NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}"
    Delete "$INSTDIR\${NAME}"
    ${If} ${FileExists} "$INSTDIR\${NAME}"
      GetTempFileName $0 "$INSTDIR"
      Delete "$0"
      Rename "$INSTDIR\${NAME}" "$0"
      Delete /REBOOTOK "$0"
    ${EndIf}
  ${EndIf}
!macroend

Section "Testkeep"
  SetShellVarContext all
  SetRegView 64
  SetOutPath "$INSTDIR"
  !insertmacro MoveAway "testkeep-desktop.exe"
  !insertmacro MoveAway "testkeep-server.exe"
  !insertmacro MoveAway "testkeep.exe"
  ClearErrors
  File "${PROGRAMS}/testkeep-server.exe"
  File "${PROGRAMS}/testkeep.exe"
!ifdef DESKTOP
  File "${PROGRAMS}/testkeep-desktop.exe"
!endif
  File "${NOTICES}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
    !insertmacro Fail "The files could not be written to $INSTDIR. Close Testkeep, check the free space and your rights, and start the setup again."
  ${EndIf}
!ifdef DESKTOP
  CreateShortcut "$SMPROGRAMS\Testkeep.lnk" "$INSTDIR\testkeep-desktop.exe"
!endif
  WriteRegStr HKLM "${KEY}" "DisplayName" "Testkeep"
  WriteRegStr HKLM "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${KEY}" "Publisher" "The Testkeep authors"
  WriteRegStr HKLM "${KEY}" "DisplayIcon" "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${KEY}" "EstimatedSize" "$0"
SectionEnd

!ifdef WEBVIEW2
Section "WebView2"
  ReadRegStr $0 HKLM "${WEBVIEW2_KEY}" "pv"
  ${If} $0 == ""
    InitPluginsDir
    File "/oname=$PLUGINSDIR\webview2.exe" "${WEBVIEW2}"
    ExecWait '"$PLUGINSDIR\webview2.exe" /silent /install' $0
    ${If} $0 != 0
      DetailPrint "WebView2 was not installed (code $0). The window needs it; the server and the browser do not."
    ${EndIf}
  ${EndIf}
SectionEnd
!endif

; Servers are in folders of their own and stay; the window or `testkeep-server uninstall` removes them.
Section "Uninstall"
  SetShellVarContext all
  SetRegView 64
  Delete "$SMPROGRAMS\Testkeep.lnk"
  Delete /REBOOTOK "$INSTDIR\testkeep-desktop.exe"
  Delete /REBOOTOK "$INSTDIR\testkeep-server.exe"
  Delete /REBOOTOK "$INSTDIR\testkeep.exe"
  Delete "$INSTDIR\THIRD-PARTY.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${KEY}"
SectionEnd
