package policyengine.lib.commands_test

import data.policyengine.lib.commands
import data.policyengine.lib.shell

found_sudo contains text if {
	some text in (cases.sudo.yes | cases.sudo.no)
	commands.uses_sudo(shell.scripts(text))
}

test_sudo_is_found_and_nothing_else_is if found_sudo == cases.sudo.yes

found_runs_download contains text if {
	some text in (cases.runs_download.yes | cases.runs_download.no)
	commands.runs_download(shell.scripts(text))
}

test_runs_download_is_found_and_nothing_else_is if found_runs_download == cases.runs_download.yes

found_unverified_download contains text if {
	some text in (cases.unverified_download.yes | cases.unverified_download.no)
	commands.unverified_download(shell.scripts(text))
}

test_unverified_download_is_found_and_nothing_else_is if found_unverified_download == cases.unverified_download.yes

found_unverified_packages contains text if {
	some text in (cases.unverified_packages.yes | cases.unverified_packages.no)
	count(commands.unverified_packages(shell.scripts(text))) > 0
}

test_unverified_packages_is_found_and_nothing_else_is if found_unverified_packages == cases.unverified_packages.yes

test_what_switches_verification_off_is_named if {
	every text, named in {
		"apk add --allow-untrusted x": {"--allow-untrusted"},
		"echo 'deb [ Trusted=yes ] x' > l; apt-get --force-yes install x": {"trusted=yes", "--force-yes"},
		"echo gpgcheck=0 > x; echo SigLevel = Never": {"gpgcheck=0", "siglevel = never"},
		"ls": set(),
	} {
		commands.unverified_packages(shell.scripts(text)) == named
	}
}

found_updates_alone contains text if {
	some text in (cases.updates_alone.yes | cases.updates_alone.no)
	commands.updates_alone(shell.scripts(text))
}

test_updates_alone_is_found_and_nothing_else_is if found_updates_alone == cases.updates_alone.yes

found_leaves_cache contains text if {
	some text in (cases.leaves_cache.yes | cases.leaves_cache.no)
	commands.leaves_cache(shell.scripts(text), text)
}

test_leaves_cache_is_found_and_nothing_else_is if found_leaves_cache == cases.leaves_cache.yes

found_world_writable contains text if {
	some text in (cases.world_writable.yes | cases.world_writable.no)
	commands.world_writable(shell.scripts(text))
}

test_world_writable_is_found_and_nothing_else_is if found_world_writable == cases.world_writable.yes

test_a_mount_over_the_cache_keeps_it_out_of_the_image if {
	scripts := {"apt-get install x"}
	every text in ["RUN --mount=type=cache,target=/x apt-get install x", "RUN --network=none --mount=type=tmpfs,target=/x y", "/bin/sh -c --mount=target=/x,type=cache y"] {
		not commands.leaves_cache(scripts, text)
	}
	every text in ["RUN --mount=type=bind y", "RUN echo a --mount=type=cache", "RUN x"] {
		commands.leaves_cache(scripts, text)
	}
}

test_what_is_added_from_a_url_is_told_in_every_way_to_write_it if {
	every text in [
		"ADD https://a.example/x /x", `ADD ["https://a.example/x", "/x"]`, `ADD ["a","http://a.example/x","/x"]`,
		"ADD HTTPS://A.EXAMPLE/x /x", "ADD --chmod=755 ftp://a /x", "ADD git@a.example:x /x", "ADD git://a /x", "ADD ssh://a /x",
		`ADD "https://a" /x`, "ADD 'https://a' /x", "add https://a /x",
	] {
		commands.adds_url(text)
	}
	every text in ["ADD a /x", "ADD xhttps://a /x", "ADD agit@b /x"] {
		not commands.adds_url(text)
	}
}

test_a_checksum_is_an_option_and_not_a_file if {
	every text in [
		"ADD --checksum=sha256:0 https://a /x", "ADD --chmod=1 --checksum=sha256:0 https://a /x",
		`ADD --checksum=sha256:0 ["https://a", "/x"]`,
	] {
		commands.adds_checked(text)
	}
	every text in ["ADD https://a /--checksum=x", "ADD https://a --checksum=x", "ADD --checksum= https://a /x", "ADD a /x"] {
		not commands.adds_checked(text)
	}
}

test_files_that_are_copied_have_a_mode if {
	every text in ["COPY --chmod=777 a b", "ADD --link --chmod=0666 a b", "COPY --chmod=o+w a b", `COPY --chmod="777" a b`] {
		commands.copied_writable(text)
	}
	every text in ["COPY --chmod=755 a b", "COPY a 777", "COPY --chmod=1777 a b"] {
		not commands.copied_writable(text)
	}
}

cases := {
	"sudo": {
		"yes": {
			"sudo id",
			"sudo",
			"/usr/bin/sudo id",
			"env sudo id",
			"/usr/bin/env sudo id",
			"env -i A=b sudo id",
			"A=b sudo id",
			"A='b c' sudo id",
			"id&&sudo id",
			"id;sudo id",
			"id|sudo tee x",
			"id & sudo id",
			"(sudo id)",
			"$(sudo id)",
			"echo `sudo id`",
			"{ sudo id; }",
			"if sudo id; then x; fi",
			"x || ! sudo id",
			"then sudo id",
			"do sudo id",
			"else sudo id",
			"elif sudo id",
			"while sudo id",
			"until sudo id",
			"time sudo id",
			"exec sudo id",
			"command sudo id",
			"builtin sudo id",
			"eval sudo id",
			"nohup sudo id",
			"xargs -n 1 sudo id",
			"xargs -I {} sudo id",
			"nice -n 5 sudo id",
			"ionice -c2 sudo id",
			"timeout -s KILL 5m sudo id",
			"timeout 0.5 sudo id",
			"stdbuf -oL sudo id",
			"setsid sudo id",
			"setpriv sudo id",
			"unshare sudo id",
			"chroot /x sudo id",
			"busybox sudo id",
			"toybox sudo id",
			"doas sudo id",
			"runuser -u x sudo id",
			"su -c 'sudo id'",
			"sudo -u root sudo id",
			"bash -o pipefail -c 'sudo id'",
			"sh -c \"a; sudo id\"",
			"dash -ec 'sudo id'",
			"find . -exec sudo id ';'",
			"find . -execdir sudo id +",
			"find . -ok sudo id +",
			"su\"do\" id",
			"s\\udo id",
			"id \\\n&& sudo\tid",
			"id\nsudo id",
			"sudo${IFS}id",
			"echo \"$(sudo id)\"",
			"# x\nsudo id",
			"cat <<X\n'\nX\nsudo id\ncat <<X\n'\nX",
			"echo $'a\\' # b'; sudo id",
			"[\"sudo\", \"id\"]",
			"[\"s\\u0075do\", \"id\"]",
			"[\"/bin/sh\", \"-c\", \"a; sudo id\"]",
			"cmd /S /C sudo id",
			"powershell.exe -NoProfile -Command sudo id",
		},
		"no": {
			"apt-get install sudo curl",
			"echo sudo",
			"ls /usr/bin/sudo",
			"sudoku x",
			"pseudo x",
			"echo 'a; sudo id'",
			"# sudo id",
			"id # ; sudo id",
			"[\"apt-get\", \"install\", \"sudo\"]",
			"[\"echo\", \"a; sudo id\"]",
			"xargs apt-get install sudo",
			"echo '$(sudo id)'",
			"usermod -aG sudo x",
			"sudo.sh id",
		},
	},
	"runs_download": {
		"yes": {
			"curl x | sh",
			"curl x|sh",
			"wget -qO- x | sudo -E bash -",
			"curl 'x?a=b&c' | sh",
			"curl x 2>&1 | sh",
			"curl x |& sh",
			"curl x | tee f | /bin/bash",
			"curl x | env bash",
			"fetch x | sh",
			"aria2c x | sh",
			"axel x | sh",
			"lynx -source x | sh",
			"http x | sh",
			"https x | sh",
			"curl.exe x | sh",
			"/usr/bin/curl x | sh",
			"busybox wget x | sh",
			"curl x | (sh)",
			"curl x | { bash; }",
			"curl x | (cd /a && sh)",
			"(curl x; curl y) | sh",
			"{ curl x; } | bash",
			"bash <(curl x)",
			"sh -c \"$(curl x)\"",
			"eval \"$(curl x)\"",
			"source <(curl x)",
			". <(wget x)",
			"sh -c \"`curl x`\"",
			"$(curl x)",
			"`wget x`",
			"python3 -c \"$(curl x)\"",
			"curl x | python3.12 -",
			"curl x | perl",
			"curl x | ruby",
			"curl x | node",
			"curl x | php",
			"curl x | lua",
			"curl x | ash",
			"curl x | zsh",
			"curl x | ksh",
			"curl x | dash",
			"curl x | fish",
			"curl x | csh",
			"curl x | tcsh",
			"curl x | pwsh",
			"bash -c 'curl x | sh'",
			"[\"sh\", \"-c\", \"curl x | sh\"]",
			"iwr x | iex",
			"Invoke-WebRequest x -UseBasicParsing | Invoke-Expression",
			"irm x | iex",
			"invoke-restmethod x | iex",
			"iex ((New-Object Net.WebClient).DownloadString('x'))",
			"(New-Object Net.WebClient).DownloadString('x') | iex",
			"iex (iwr x)",
			"iex (irm x)",
			"Invoke-Expression (Invoke-WebRequest x)",
			"iex $(invoke-restmethod x)",
			"curl x | iex",
			"wget x | iex",
			"curl x | xargs sh -c",
			"curl x | sh\nls",
			"(curl x) | sudo sh",
			"(curl x; :) | env bash",
			"(sudo curl x) | sh",
			"bash <(sudo curl x)",
			"$(sudo curl x)",
		},
		"no": {
			"curl x -o f",
			"curl x | tar xz",
			"curl x | grep sh",
			"echo curl x '| sh'",
			"curl x && sh f",
			"curl x; echo | sh",
			"curl x\nsh f",
			"echo 'curl x | sh'",
			"V=$(curl x) && echo $V",
			"[ \"$(curl x)\" = 1 ]",
			"curl x | sha256sum -c",
			"apt-get install curl | sh",
			"wget x # | sh",
			"iwr x -OutFile f",
			"echo iex",
			"curl x | shasum",
			"(curl x) | shasum",
			"(curl x; curl y) | tar x",
			"(ls x; ls y) | sh",
			"bash <(curlie x)",
			"$(curlie x)",
		},
	},
	"unverified_download": {
		"yes": {
			"curl -k x",
			"curl -k1 x",
			"curl -4k x",
			"curl -#k x",
			"curl -sSLk x",
			"curl x -k",
			"curl --insecure x",
			"curl --insec x",
			"curl --proxy-insecure x",
			"$(curl x -k)",
			"wget --no-check-certificate x",
			"wget x --no-check-cert",
			"wget -q --no-ch x",
			"git -c http.sslVerify=false clone x",
			"git config --global http.sslverify false",
			"git config http.sslVerify 0",
			"git config http.sslVerify no",
			"git config http.sslVerify off",
			"npm config set strict-ssl false",
			"npm config set strict-ssl=false",
			"echo 'strict-ssl = false' > .npmrc",
			"aria2c --check-certificate=false x",
			"aws --no-verify-ssl s3",
			"apt-get -o Acquire::https::Verify-Peer=false update",
			"echo 'Acquire::https::Verify-Host \"false\";' > x",
			"echo sslverify=0 >> yum.conf",
			"echo 'sslverify = no' >> x",
			"NODE_TLS_REJECT_UNAUTHORIZED=0 npm i",
			"PYTHONHTTPSVERIFY=0 pip x",
			"PERL_LWP_SSL_VERIFY_HOSTNAME=0 x",
			"GIT_SSL_NO_VERIFY=1 git clone x",
			"export GIT_SSL_NO_VERIFY=true",
			"GIT_SSL_NO_VERIFY=yes x",
			"GIT_SSL_NO_VERIFY=on x",
			"iwr -SkipCertificateCheck x",
			"[Net.ServicePointManager]::ServerCertificateValidationCallback = {$true}",
			"/usr/bin/curl -k x",
			"curl.exe -k x",
			"wget.exe --no-check-certificate x",
			"echo sslverify=false >> x",
			"git -c http.sslVerify=0 x",
			"apt-get -o Acquire::https::Verify-Peer=0 x",
			"apt-get -o Acquire::https::Verify-Peer=no x",
		},
		"no": {
			"curl x",
			"curl --key k x",
			"curl -K f x",
			"curl x; tar -k",
			"curl -ok.html x",
			"curl x | tar -k",
			"echo curl -k",
			"wget x",
			"wget x; y --no-check",
			"git config http.sslVerify true",
			"npm config set strict-ssl true",
			"NODE_TLS_REJECT_UNAUTHORIZED=1 x",
			"sslverify=1 x",
			"curl x\ntar -k",
		},
	},
	"unverified_packages": {
		"yes": {
			"apt-get install --allow-unauthenticated x",
			"apt-get update --allow-insecure-repositories",
			"apt-get --force-yes install x",
			"dnf --nogpgcheck install x",
			"yum --nogpgcheck x",
			"zypper --no-gpg-checks in x",
			"zypper --no-gpg-check in x",
			"rpm -i --nosignature x",
			"apk add --allow-untrusted x",
			"echo gpgcheck=0 > x",
			"echo 'gpgcheck = no' > x",
			"echo gpgcheck=false",
			"echo 'deb [trusted=yes] x' > l",
			"echo '[ Trusted = 1 ]'",
			"echo trusted=true",
			"echo 'APT::Get::AllowUnauthenticated \"true\";' > x",
			"apt-get -o apt::get::allowunauthenticated=1 x",
			"apt-get -o APT::Get::AllowUnauthenticated=yes x",
			"echo 'SigLevel = Never' > x",
			"pip install --trusted-host x y",
			"[\"apt-get\", \"install\", \"--allow-unauthenticated\"]",
			"sed -i s/gpgcheck=1/gpgcheck=0/ x",
			"echo add --allow-untrusted x | xargs apk",
			"echo apk add --allow-untrusted x | sh",
			"echo apk add --allow-untrusted x |& sh",
			"echo a || echo apk add --allow-untrusted x | sh",
			"echo apk add --allow-untrusted x > f",
			"echo apk add --allow-untrusted x>f; sh f",
			"exec > f; echo apk add --allow-untrusted x",
			"apk add $(echo --allow-untrusted) x",
			"apk add `echo --allow-untrusted` x",
			"(echo; echo apk add --allow-untrusted x) | sh",
			"{ echo; echo apk add --allow-untrusted x; } | sh",
			"for i in 1; do :; echo --allow-untrusted; done | xargs apk add x",
			"sh <(echo; echo apk add --allow-untrusted x)",
			"sh -c 'echo; echo apk add --allow-untrusted x' | sh",
			"echo --allow-untrusted; apk add $_ x",
			"echo --allow-untrusted; apk add !$ x",
			"echo --allow-untrusted; apk add !:1 x",
			"printf -v o %s --allow-untrusted; apk add x",
			"printf '-v' o --allow-untrusted; . f",
			"alias echo=apk; echo add --allow-untrusted x",
			"echo() { apk \"$@\"; }; echo add --allow-untrusted x",
			"enable -n echo; echo add --allow-untrusted x",
			"hash -p /sbin/apk echo; echo add --allow-untrusted x",
			"disable echo; echo add --allow-untrusted x",
			"builtin printf -v o --allow-untrusted",
			"a=eval; eval echo --allow-untrusted",
			"echo x; apk add --allow-untrusted x",
			"echo x&& apk add --allow-untrusted x",
			"echo x & apk add --allow-untrusted x",
			"echo x || apk add --allow-untrusted x",
			"echo x\napk add --allow-untrusted x",
			"echo 'x\napk add --allow-untrusted x'",
			"echo x \\\n; apk add --allow-untrusted x",
			"echoes --allow-untrusted",
			"echo=--allow-untrusted",
			"printfs x --allow-untrusted",
			"printf; apk add --allow-untrusted x",
			"./echo add --allow-untrusted x",
			"sudo echo --allow-untrusted",
			"apk add --allow-untrusted x && echo --allow-untrusted",
			"echo pip install --trusted-host x y",
		},
		"no": {
			"apt-get install x",
			"echo gpgcheck=1",
			"trusted=no",
			"apt-get -o APT::Get::AllowUnauthenticated=false x",
			"SigLevel = Required",
			"# --allow-unauthenticated\nls",
			"echo \"--allow-untrusted\"",
			"echo use --allow-untrusted",
			"echo 'never --nosignature; never --force-yes' && apk add x",
			"printf 'no --allow-unauthenticated\\n'",
			"apk add x; echo without --allow-untrusted",
			"apk add x&&echo --allow-untrusted||echo --allow-untrusted",
			"ls\n echo --nogpgcheck\nls",
			"true & echo --no-gpg-checks",
			"/bin/sh -c echo --allow-insecure-repositories",
			"bash -ec echo --allow-untrusted",
			"[\"echo\", \"--allow-untrusted\"]",
			"trusted=100",
		},
	},
	"updates_alone": {
		"yes": {
			"apt-get update",
			"apt update",
			"aptitude update",
			"sudo apt-get -qq update",
			"apt-get -o A=b update",
			"apk update",
			"yum makecache",
			"dnf -y makecache",
			"microdnf makecache",
			"zypper refresh",
			"zypper ref",
			"apt-get update && apk add x",
			"(apt-get update)",
			"sh -c 'apt-get update'",
			"apt-get update; echo apt-get install x",
			"apt-get update; apt-get installer",
		},
		"no": {
			"apt-get update && apt-get install x",
			"apt-get update; apt-get -y upgrade",
			"apt update\napt dist-upgrade",
			"apt-get update; apt-get full-upgrade",
			"apt-get update; apt-get build-dep x",
			"apt-get update; apt-get download x",
			"apt-get update; apt-get -t b -y install x",
			"apk update && apk add x",
			"apk update; apk upgrade",
			"apk update; apk fetch x",
			"yum makecache && yum install x",
			"dnf makecache; dnf upgrade",
			"yum makecache; yum update",
			"zypper ref && zypper in x",
			"zypper ref; zypper install x",
			"zypper ref; zypper update",
			"zypper ref; zypper up",
			"zypper ref; zypper patch",
			"echo apt-get update",
			"apt-get updates",
			"apt-get update; xargs apt-get install",
		},
	},
	"leaves_cache": {
		"yes": {
			"apt-get install x",
			"apt install x",
			"aptitude install x",
			"apt-get -y install x",
			"apt-get -o A=b install x",
			"apk add x",
			"yum install x",
			"dnf install x",
			"microdnf -y install x",
			"zypper install x",
			"zypper in x",
			"apt-get install x; echo rm -rf /var/lib/apt/lists",
			"apt-get install x; rm -rf /var/lib/apty",
			"echo --mount=type=cache; apt-get install x",
			"xargs apt-get install",
			"RUN --mount=type=bind apt-get install x; sudo apt-get install x",
		},
		"no": {
			"apt-get install x && rm -rf /var/lib/apt/lists/*",
			"apt-get install x; rm -rf /tmp/* /var/lib/apt/lists",
			"apt-get install x; rm -rf '/var/lib/apt/lists'/*",
			"apt-get install x; rm -rf /var/lib/apt /x",
			"apt-get install x; rm -rf /var/lib/apt/*",
			"apt-get install x; apt-get -y dist-clean",
			"apt install x; apt distclean",
			"apt-get install x; rm -rf /var/lib/apt",
			"apt-get install x; find /var/lib/apt/lists -mindepth 1 -delete",
			"apk add --no-cache x",
			"apk add x && rm -rf /var/cache/apk/*",
			"yum install x && yum clean all",
			"dnf install x; dnf -y clean all",
			"microdnf install x; microdnf clean all",
			"yum install x; rm -rf /var/cache/yum",
			"dnf install x; rm -rf /var/cache/dnf",
			"zypper in x; zypper clean",
			"zypper in x; zypper cc",
			"zypper in x; rm -rf /var/cache/zypp",
			"echo apt-get install",
			"apt-get installer",
		},
	},
	"world_writable": {
		"yes": {
			"chmod 777 x",
			"chmod 0777 x",
			"chmod 00777 x",
			"chmod -R 666 x",
			"chmod \"777\" x",
			"chmod 7 x",
			"chmod 77 x",
			"chmod 2777 x",
			"chmod 4772 x",
			"chmod =777 x",
			"chmod +002 x",
			"chmod a+w x",
			"chmod o+w x",
			"chmod o=rw x",
			"chmod ugo+rwx x",
			"chmod u+x,o+w x",
			"chmod o+w,u+x x",
			"chmod u=rwx,go=rwx x",
			"chmod a=rwX x",
			"sudo chmod 777 x",
			"find . -exec chmod 777 {} +",
			"xargs chmod 777",
			"install -m 777 a b",
			"install -m777 a b",
			"mkdir -p -m 0777 x",
			"mkdir --mode=777 x",
			"mkdir --mode 777 x",
			"mkfifo -m 666 x",
			"install -Dm 777 a b",
			"x && chmod 777 y",
			"chmod 755 a; chmod 773 b",
			"chmod 776 x",
			"[\"chmod\", \"777\", \"x\"]",
		},
		"no": {
			"chmod 755 x",
			"chmod 1777 /tmp",
			"chmod 3777 x",
			"chmod 644 x",
			"chmod +x x",
			"chmod u+w x",
			"chmod g+w x",
			"chmod o-w x",
			"chmod a+r x",
			"echo chmod 777",
			"chmod 755 777",
			"chmod 1 x",
			"install -m 755 a b",
			"mkdir -m 1777 x",
			"mkdir x 777",
			"chmod u+x,g+w x",
			"chmod 774 x",
			"chmod a+rx x",
		},
	},
}
