# SPDX-License-Identifier: LGPL-2.1-or-later

function __qsource_complete
    set -l words (commandline -opc) (commandline -ct)
    qsource __complete -- $words[2..-1] 2>/dev/null
end
complete -c qsource -a '(__qsource_complete)'
