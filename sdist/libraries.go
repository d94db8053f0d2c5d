package sdist

import (
	"runtime"
	"strings"
)

// library is a library or a tool that builds look for, and the packages that bring it.
type library struct {
	// keys are how builds call it: headers ("zlib.h", or "openssl/" for a folder of them), linked libraries ("-lz"),
	// pkg-config's names ("zlib.pc") and programs ("pg_config").
	keys                   string
	debian, fedora, alpine string
	brew                   string
}

// libraries are those that the packages of PyPI ask for most. Of two that fit, the first is taken.
var libraries = []library{
	{"libpq-fe.h libpq/ postgres_ext.h pg_config -lpq libpq.pc", "libpq-dev", "libpq-devel", "libpq-dev", "libpq"},
	{"mysql.h mysql/ mysql_config mariadb_config -lmysqlclient -lmariadb mysqlclient.pc mariadb.pc libmariadb.pc", "default-libmysqlclient-dev", "mysql-devel", "mariadb-connector-c-dev", "mysql-client"},
	{"sql.h sqlext.h -lodbc odbc.pc odbc_config", "unixodbc-dev", "unixODBC-devel", "unixodbc-dev", "unixodbc"},
	{"sqlite3.h -lsqlite3 sqlite3.pc", "libsqlite3-dev", "sqlite-devel", "sqlite-dev", "sqlite"},
	{"ffi.h -lffi libffi.pc", "libffi-dev", "libffi-devel", "libffi-dev", "libffi"},
	{"openssl/ -lssl -lcrypto openssl.pc libssl.pc libcrypto.pc", "libssl-dev", "openssl-devel", "openssl-dev", "openssl@3"},
	{"libxml/ -lxml2 libxml-2.0.pc xml2-config", "libxml2-dev", "libxml2-devel", "libxml2-dev", "libxml2"},
	{"libxslt/ libexslt/ -lxslt -lexslt libxslt.pc libexslt.pc xslt-config", "libxslt1-dev", "libxslt-devel", "libxslt-dev", "libxslt"},
	{"xmlsec/ xmlsec1.pc", "libxmlsec1-dev", "xmlsec1-devel", "xmlsec-dev", "libxmlsec1"},
	{"zlib.h -lz zlib.pc", "zlib1g-dev", "zlib-devel", "zlib-dev", "zlib"},
	{"bzlib.h -lbz2 bzip2.pc", "libbz2-dev", "bzip2-devel", "bzip2-dev", "bzip2"},
	{"lzma.h -llzma liblzma.pc", "liblzma-dev", "xz-devel", "xz-dev", "xz"},
	{"zstd.h -lzstd libzstd.pc", "libzstd-dev", "libzstd-devel", "zstd-dev", "zstd"},
	{"lz4.h -llz4 liblz4.pc", "liblz4-dev", "lz4-devel", "lz4-dev", "lz4"},
	{"snappy-c.h snappy.h -lsnappy snappy.pc", "libsnappy-dev", "snappy-devel", "snappy-dev", "snappy"},
	{"jpeglib.h -ljpeg libjpeg.pc", "libjpeg-dev", "libjpeg-turbo-devel", "libjpeg-turbo-dev", "jpeg-turbo"},
	{"png.h -lpng libpng.pc", "libpng-dev", "libpng-devel", "libpng-dev", "libpng"},
	{"tiff.h tiffio.h -ltiff libtiff-4.pc", "libtiff-dev", "libtiff-devel", "tiff-dev", "libtiff"},
	{"webp/ -lwebp libwebp.pc", "libwebp-dev", "libwebp-devel", "libwebp-dev", "webp"},
	{"ft2build.h freetype/ -lfreetype freetype2.pc freetype-config", "libfreetype-dev", "freetype-devel", "freetype-dev", "freetype"},
	{"cairo.h cairo/ -lcairo cairo.pc", "libcairo2-dev", "cairo-devel", "cairo-dev", "cairo"},
	{"girepository.h gobject-introspection-1.0.pc girepository-2.0.pc", "libgirepository-2.0-dev", "gobject-introspection-devel", "gobject-introspection-dev", "gobject-introspection"},
	{"glib.h glib-object.h -lglib-2.0 glib-2.0.pc gobject-2.0.pc", "libglib2.0-dev", "glib2-devel", "glib-dev", "glib"},
	{"curl/ -lcurl libcurl.pc curl-config", "libcurl4-openssl-dev", "libcurl-devel", "curl-dev", "curl"},
	{"ldap.h lber.h -lldap -llber ldap.pc", "libldap-dev", "openldap-devel", "openldap-dev", "openldap"},
	{"sasl/ -lsasl2 libsasl2.pc", "libsasl2-dev", "cyrus-sasl-devel", "cyrus-sasl-dev", "cyrus-sasl"},
	{"krb5.h gssapi.h gssapi/ -lkrb5 -lgssapi_krb5 krb5.pc krb5-gssapi.pc krb5-config", "libkrb5-dev", "krb5-devel", "krb5-dev", "krb5"},
	{"yaml.h -lyaml yaml-0.1.pc", "libyaml-dev", "libyaml-devel", "yaml-dev", "libyaml"},
	{"sodium.h sodium/ -lsodium libsodium.pc", "libsodium-dev", "libsodium-devel", "libsodium-dev", "libsodium"},
	{"zmq.h -lzmq libzmq.pc", "libzmq3-dev", "zeromq-devel", "zeromq-dev", "zeromq"},
	{"gmp.h gmpxx.h -lgmp gmp.pc", "libgmp-dev", "gmp-devel", "gmp-dev", "gmp"},
	{"mpfr.h -lmpfr mpfr.pc", "libmpfr-dev", "mpfr-devel", "mpfr-dev", "mpfr"},
	{"mpc.h -lmpc mpc.pc", "libmpc-dev", "libmpc-devel", "mpc1-dev", "libmpc"},
	{"geos_c.h -lgeos_c geos.pc geos-config", "libgeos-dev", "geos-devel", "geos-dev", "geos"},
	{"gdal.h cpl_port.h -lgdal gdal.pc gdal-config", "libgdal-dev", "gdal-devel", "gdal-dev", "gdal"},
	{"proj.h -lproj proj.pc", "libproj-dev", "proj-devel", "proj-dev", "proj"},
	{"hdf5.h -lhdf5 hdf5.pc h5cc", "libhdf5-dev", "hdf5-devel", "hdf5-dev", "hdf5"},
	{"netcdf.h -lnetcdf netcdf.pc nc-config", "libnetcdf-dev", "netcdf-devel", "netcdf-dev", "netcdf"},
	{"cblas.h lapacke.h openblas/ -lopenblas -lblas -llapack OpenBLAS openblas.pc blas.pc lapack.pc", "libopenblas-dev", "openblas-devel", "openblas-dev", "openblas"},
	{"Eigen/ eigen3.pc Eigen3", "libeigen3-dev", "eigen3-devel", "eigen-dev", "eigen"},
	{"boost/ Boost", "libboost-all-dev", "boost-devel", "boost-dev", "boost"},
	{"librdkafka/ -lrdkafka rdkafka.pc", "librdkafka-dev", "librdkafka-devel", "librdkafka-dev", "librdkafka"},
	{"systemd/ -lsystemd libsystemd.pc", "libsystemd-dev", "systemd-devel", "", ""},
	{"dbus/ -ldbus-1 dbus-1.pc", "libdbus-1-dev", "dbus-devel", "dbus-dev", "dbus"},
	{"libvirt/ -lvirt libvirt.pc", "libvirt-dev", "libvirt-devel", "libvirt-dev", "libvirt"},
	{"pcap.h pcap/ -lpcap libpcap.pc", "libpcap-dev", "libpcap-devel", "libpcap-dev", "libpcap"},
	{"libusb.h libusb-1.0/ -lusb-1.0 libusb-1.0.pc", "libusb-1.0-0-dev", "libusb1-devel", "libusb-dev", "libusb"},
	{"portaudio.h -lportaudio portaudio-2.0.pc", "portaudio19-dev", "portaudio-devel", "portaudio-dev", "portaudio"},
	{"sndfile.h -lsndfile sndfile.pc", "libsndfile1-dev", "libsndfile-devel", "libsndfile-dev", "libsndfile"},
	{"alsa/ -lasound alsa.pc", "libasound2-dev", "alsa-lib-devel", "alsa-lib-dev", ""},
	{"libavcodec/ libavformat/ libavutil/ -lavcodec libavcodec.pc libavformat.pc libavutil.pc", "libavcodec-dev libavformat-dev libavdevice-dev libavfilter-dev libswscale-dev", "ffmpeg-free-devel", "ffmpeg-dev", "ffmpeg"},
	{"magic.h -lmagic libmagic.pc", "libmagic-dev", "file-devel", "file-dev", "libmagic"},
	{"uuid/ -luuid uuid.pc", "uuid-dev", "libuuid-devel", "util-linux-dev", "ossp-uuid"},
	{"curses.h ncurses.h -lncurses -lncursesw -ltinfo ncurses.pc", "libncurses-dev", "ncurses-devel", "ncurses-dev", "ncurses"},
	{"readline/ -lreadline readline.pc", "libreadline-dev", "readline-devel", "readline-dev", "readline"},
	{"ev.h -lev", "libev-dev", "libev-devel", "libev-dev", "libev"},
	{"attr/ sys/acl.h -lacl libacl.pc", "libacl1-dev", "libacl-devel", "acl-dev", ""},
	{"X11/ -lX11 x11.pc", "libx11-dev", "libX11-devel", "libx11-dev", "libx11"},
	{"GL/ -lGL gl.pc OpenGL", "libgl-dev", "mesa-libGL-devel", "mesa-dev", ""},
	{"linux/", "linux-libc-dev", "kernel-headers", "linux-headers", ""},
	{"stdio.h stdlib.h string.h limits.h -lc -lm crti.o crt1.o Scrt1.o", "libc6-dev", "glibc-devel", "musl-dev", ""},
	{"cc gcc clang", "gcc", "gcc", "gcc musl-dev", "gcc"},
	{"c++ g++ clang++ iostream string vector cstdint -lstdc++", "g++", "gcc-c++", "g++", "gcc"},
	{"gfortran -lgfortran", "gfortran", "gcc-gfortran", "gfortran", "gcc"},
	{"make gmake", "make", "make", "make", "make"},
	{"cmake", "cmake", "cmake", "cmake", "cmake"},
	{"ninja ninja-build samu", "ninja-build", "ninja-build", "ninja", "ninja"},
	{"meson", "meson", "meson", "meson", "meson"},
	{"pkg-config pkgconf PkgConfig", "pkg-config", "pkgconf-pkg-config", "pkgconf", "pkgconf"},
	{"swig SWIG", "swig", "swig", "swig", "swig"},
	{"git", "git", "git", "git", "git"},
	{"autoconf autoreconf aclocal automake libtoolize", "autoconf automake libtool", "autoconf automake libtool", "autoconf automake libtool", "autoconf automake libtool"},
	{"bison yacc flex", "bison flex", "bison flex", "bison flex", "bison flex"},
	{"protoc", "protobuf-compiler", "protobuf-compiler", "protoc", "protobuf"},
	{"nasm yasm", "nasm", "nasm", "nasm", "nasm"},
	{"perl", "perl", "perl", "perl", "perl"},
	{"llvm-config", "llvm-dev", "llvm-devel", "llvm-dev", "llvm"},
	{"patchelf", "patchelf", "patchelf", "patchelf", "patchelf"},
	{"node npm", "nodejs npm", "nodejs npm", "nodejs npm", "node"},
	{"go", "golang-go", "golang", "go", "go"},
	{"javac jni.h", "default-jdk-headless", "java-devel", "openjdk21-jdk", "openjdk"},
}

// findLibrary finds what a header, a linked library ("-lz"), a pkg-config name ("zlib.pc") or a program belongs to.
func findLibrary(key string) (library, bool) {
	for _, l := range libraries {
		for word := range strings.FieldsSeq(l.keys) {
			if word == key || strings.HasSuffix(word, "/") && strings.HasPrefix(key, word) {
				return l, true
			}
		}
	}
	return library{}, false
}

// install is how to get the library, on the systems of the host's kind.
func (l library) install() string {
	if runtime.GOOS == "darwin" && l.brew != "" {
		return "Install it: brew install " + l.brew
	}
	ways := []string{"apt-get install " + l.debian, "dnf install " + l.fedora}
	if l.alpine != "" {
		ways = append(ways, "apk add "+l.alpine)
	}
	return "Install it: " + strings.Join(ways, ", or ")
}

// projects are those whose modules are not named as they are.
var projects = map[string]string{
	"yaml": "pyyaml", "skbuild": "scikit-build", "mesonpy": "meson-python", "poetry": "poetry-core", "pdm": "pdm-backend",
	"sklearn": "scikit-learn", "PIL": "pillow", "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "grpc_tools": "grpcio-tools",
	"attr": "attrs", "mypyc": "mypy", "sipbuild": "sip", "pyqtbuild": "pyqt-builder",
}

// projectOf is the project that most likely brings a module.
func projectOf(module string) string {
	if project, ok := projects[module]; ok {
		return project
	}
	return strings.ToLower(strings.ReplaceAll(module, "_", "-"))
}
