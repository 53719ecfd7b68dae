# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
# Completion of rigsetup in fish. What there is to complete, the program itself says.

function __rigsetup_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command rigsetup complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current" ''
            case '*'
                echo $line
        end
    end
end

complete -c rigsetup -f -k -a '(__rigsetup_complete)'
