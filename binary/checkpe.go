package binary

import (
	"regexp"
	"slices"
	"strings"
)

// checkPE holds a file against Windows: libraries that are Microsoft's, Python's or in the output.
func (c *checker) checkPE() {
	for _, library := range c.file.Needed {
		lower := strings.ToLower(library)
		_, shipped := c.whole(lower)
		switch {
		case shipped || isWindows(lower):
		case pythonDLL.MatchString(lower):
			c.checkPython(library, lower)
		case slices.Contains(redistributable, lower):
			c.info("needs %s of the Visual C++ Redistributable, which many a Windows has, but not each", library)
		default:
			c.problem(hintShip, "needs %s, which is neither in the output nor part of Windows", library)
		}
	}
}

// pythonDLL is CPython's or PyPy's own library.
var pythonDLL = regexp.MustCompile(`^(python[23]\d*t?|libpypy[23]\.\d+-c)(_d)?\.dll$`)

// checkPython refuses the library of another Python than the target's: loading it would fail, or bring a second Python.
func (c *checker) checkPython(library, lower string) {
	python := c.target.Python() // "3.12"
	own := []string{"python3.dll", "python" + strings.ReplaceAll(python, ".", "") + ".dll"}
	switch {
	case c.target.PyPy():
		own = []string{"libpypy" + python + "-c.dll"}
	case c.target.FreeThreaded():
		own = []string{"python3t.dll", "python" + strings.ReplaceAll(python, ".", "") + "t.dll"}
	}
	if !slices.Contains(own, lower) {
		c.problem(hintWheels, "needs %s, but %s is Python %s", library, c.target, python)
	}
}

// redistributable are the libraries of the Visual C++ Redistributable that Python does not bring along.
var redistributable = []string{
	"msvcp140.dll", "msvcp140_1.dll", "msvcp140_2.dll", "msvcp140_atomic_wait.dll", "msvcp140_codecvt_ids.dll", "concrt140.dll",
	"vcomp140.dll", "vccorlib140.dll", "vcamp140.dll", "mfc140u.dll", "vcruntime140_threads.dll",
}

// isWindows tells whether Windows 10 or later has a library of that name, in lower case, or each Python for it brings
// it along (vcruntime140).
func isWindows(library string) bool {
	return strings.HasPrefix(library, "api-ms-win-") || strings.HasPrefix(library, "ext-ms-win-") ||
		slices.Contains(windowsLibraries, strings.TrimSuffix(library, ".dll"))
}

// windowsLibraries are libraries of Windows 10 that programs link to, without .dll.
var windowsLibraries = strings.Fields(`
	activeds advapi32 advpack apphelp authz avicap32 avifil32 avrt bcrypt bcryptprimitives bluetoothapis bthprops.cpl cabinet
	certcli cfgmgr32 clfsw32 clusapi combase comctl32 comdlg32 coremessaging credui crypt32 cryptbase cryptnet cryptsp
	cryptui cryptxml d2d1 d3d10 d3d10_1 d3d10core d3d11 d3d12 d3d9 d3dcompiler_47 dbgcore dbgeng dbghelp dcomp ddraw
	dhcpcsvc dhcpcsvc6 dinput8 dnsapi dsound dwmapi dwrite dxcore dxgi dxva2 efswrt esent evr faultrep fltlib fwpuclnt
	gdi32 gdiplus glu32 hid hidclass httpapi icmp imagehlp imm32 iphlpapi kernel32 kernelbase ksuser ktmw32 loadperf
	logoncli lz32 magnification mf mfplat mfplay mfreadwrite mfsensorgroup mlang mmdevapi mpr mprapi msacm32 mscoree
	msctf msdmo msdrm msftedit mshtml msi msimg32 msvcp_win msvcrt msvfw32 mswsock mtxdm ncrypt ndfapi netapi32 netutils
	newdev ninput normaliz ntdll ntdsapi ntlanman ntmarta odbc32 odbccp32 ole32 oleacc oleaut32 oledlg opengl32 p2p
	pdh powrprof profapi propsys psapi quartz query rasapi32 resutils rpcns4 rpcrt4 rstrtmgr samcli schannel secur32
	security sensapi setupapi sfc shcore shell32 shfolder shlwapi slc srvcli sspicli sti t2embed tapi32 tbs tdh
	traffic txfw32 ucrtbase uiautomationcore urlmon user32 userenv usp10 uxtheme vcruntime140 vcruntime140_1 version
	virtdisk vssapi wdsclientapi webauthn websocket webservices wecapi wer wevtapi wimgapi win32u windowscodecs
	winfax winhttp wininet winmm winscard winspool.drv winsta wintrust winusb wlanapi wldap32 wldp wmvcore wof
	ws2_32 wscapi wsock32 wtsapi32 xaudio2_9 xinput1_4 xinput9_1_0 xmllite xolehlp
`)
