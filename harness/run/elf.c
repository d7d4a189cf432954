/* SPDX-License-Identifier: MIT
 *
 * Reads the section of type SHT_DYNSYM and its strings (elf(5); System V ABI, chapters 4 and 5). Everything
 * in the file may be wrong: each range is checked before it is read.
 */
#include "harness/run/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    const char *bytes;
    uint64_t size;
};

/* NULL when the range or its alignment is not the file's. */
static const void *at(const struct image *image, uint64_t offset, uint64_t count, uint64_t each)
{
    if (offset > image->size || (each && count > (image->size - offset) / each) || offset % 8)
        return NULL;
    return image->bytes + offset;
}

static bool has_symbol(const struct image *image, const ElfW(Shdr) * symbols, const ElfW(Shdr) * strings,
                       const char *symbol)
{
    uint64_t count = symbols->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *rows = at(image, symbols->sh_offset, count, sizeof *rows);
    if (!rows || strings->sh_offset > image->size || strings->sh_size > image->size - strings->sh_offset)
        return false;
    const char *names = image->bytes + strings->sh_offset;
    size_t length = strlen(symbol) + 1;
    for (uint64_t i = 0; i < count; i++)
        if (rows[i].st_shndx != SHN_UNDEF && rows[i].st_name < strings->sh_size &&
            strings->sh_size - rows[i].st_name >= length && !memcmp(names + rows[i].st_name, symbol, length))
            return true;
    return false;
}

static bool is_found(const struct image *image, const char *symbol)
{
    const ElfW(Ehdr) *head = at(image, 0, 1, sizeof *head);
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) ||
        head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return false;
    const ElfW(Shdr) *sections = at(image, head->e_shoff, head->e_shnum, sizeof *sections);
    for (unsigned i = 0; sections && i < head->e_shnum; i++)
        if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < head->e_shnum)
            return has_symbol(image, &sections[i], &sections[sections[i].sh_link], symbol);
    return false;
}

bool elf_exports(const char *path, const char *symbol)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool found = false;
    if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size > 0) {
        struct image image = {.size = (uint64_t)status.st_size};
        void *bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);
        image.bytes = bytes;
        found = bytes != MAP_FAILED && is_found(&image, symbol);
        if (bytes != MAP_FAILED)
            munmap(bytes, image.size);
    }
    if (fd >= 0)
        close(fd);
    return found;
}
